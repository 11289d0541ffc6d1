import { startOfDay } from "../common/day";

const DAY = 24 * 60 * 60 * 1000;
/** The maximum number of days until a key expires. */
export const LONGEST_LIFE = 366;

/**
 * When a secret expires: after a number of days, never, at the end of a day in the reader's time zone, or after the same
 * time as the one that it replaces.
 */
export type Expiry = { days: number } | "never" | { date: string } | "as-before";

/** A choice that a form offers. */
export interface ExpiryChoice {
  id: string;
  label: string;
  expiry: Expiry;
  /** What the choice means, if the time at which it ends is not known. */
  note?: string;
}

/** The choices for a new key, the recommended one first. */
export const EXPIRIES: readonly ExpiryChoice[] = [
  { id: "365", label: "1 year", expiry: { days: 365 } },
  { id: "90", label: "90 days", expiry: { days: 90 } },
  { id: "30", label: "30 days", expiry: { days: 30 } },
  { id: "never", label: "Never", expiry: "never" },
  { id: "date", label: "On a date", expiry: { date: "" } },
];

/** What a form contains about the expiry. */
export interface ExpiryDraft {
  expiryId: string;
  date: string;
}

/** The expiry that was chosen. */
export function chosenExpiry(choices: readonly ExpiryChoice[], { expiryId, date }: ExpiryDraft): Expiry {
  if (expiryId === "date") return { date };
  return choices.find(({ id }) => id === expiryId)?.expiry ?? "never";
}

/** When a secret with this expiry ends. Undefined if it doesn't expire, or if only the API knows. */
export function expiresAt(expiry: Expiry, now: Date): Date | undefined {
  if (typeof expiry === "string") return undefined;
  if ("days" in expiry) return new Date(now.getTime() + expiry.days * DAY);
  const [year = 0, month = 1, day = 1] = expiry.date.split("-").map(Number);
  return new Date(year, month - 1, day, 23, 59, 59);
}

/** Whether a key can expire at the end of this day (`yyyy-mm-dd`, in the reader's time zone). */
export function isExpiryDate(date: string, now: Date): boolean {
  const at = startOfDay(date) && expiresAt({ date }, now);
  return Boolean(at && at > now && at.getTime() <= now.getTime() + LONGEST_LIFE * DAY);
}

/** The number of days in a text. Undefined if no secret can live as long. */
export function readLifetime(text: string): number | undefined {
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return days >= 1 && days <= LONGEST_LIFE ? days : undefined;
}
