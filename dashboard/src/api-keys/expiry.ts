import { startOfDay } from "../common/day";

const DAY = 24 * 60 * 60 * 1000;
/** The maximum number of days until a key expires. */
export const LONGEST_LIFE = 366;

/** A choice for a key's expiry: after a number of days, never, or at the end of a day in the reader's time zone. */
export type Expiry = { days: number } | "never" | { date: string };

/** The choices that the form offers, the recommended one first. */
export const EXPIRIES: readonly { id: string; label: string; expiry: Expiry }[] = [
  { id: "365", label: "1 year", expiry: { days: 365 } },
  { id: "90", label: "90 days", expiry: { days: 90 } },
  { id: "30", label: "30 days", expiry: { days: 30 } },
  { id: "never", label: "Never", expiry: "never" },
  { id: "date", label: "On a date", expiry: { date: "" } },
];

/** When a key with this choice expires. Undefined if it doesn't expire. */
export function expiresAt(expiry: Expiry, now: Date): Date | undefined {
  if (expiry === "never") return undefined;
  if ("days" in expiry) return new Date(now.getTime() + expiry.days * DAY);
  const [year = 0, month = 1, day = 1] = expiry.date.split("-").map(Number);
  return new Date(year, month - 1, day, 23, 59, 59);
}

/** Whether a key can expire at the end of this day (`yyyy-mm-dd`, in the reader's time zone). */
export function isExpiryDate(date: string, now: Date): boolean {
  const at = startOfDay(date) && expiresAt({ date }, now);
  return Boolean(at && at > now && at.getTime() <= now.getTime() + LONGEST_LIFE * DAY);
}
