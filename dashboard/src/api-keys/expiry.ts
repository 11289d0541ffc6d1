import type { KeyPolicy } from "../api/client";
import { startOfDay } from "../common/day";
import { plural } from "../common/plural";

const DAY = 24 * 60 * 60 * 1000;
/** The maximum number of days until a key expires. */
export const LONGEST_LIFE = 366;

/**
 * When a secret expires: after a number of days, never, at the end of a day in the reader's time zone, at a time, or after
 * the same time as the one that it replaces.
 */
export type Expiry = { days: number } | "never" | { date: string } | { at: string } | "as-before";

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

/** The maximum number of days that a secret lives, according to the company's key policy. */
export function longestLife(policy: KeyPolicy | undefined): number {
  return policy?.longestLifetimeDays ?? LONGEST_LIFE;
}

/** Whether the company's key policy demands that secrets expire. */
export function mustExpire(policy: KeyPolicy | undefined): boolean {
  return policy !== undefined && (policy.mustExpire || policy.longestLifetimeDays !== undefined);
}

/** The choices that the company's key policy allows, the recommended one first. */
export function allowedExpiries(policy: KeyPolicy | undefined): ExpiryChoice[] {
  const longest = longestLife(policy);
  const allowed = EXPIRIES.filter(({ expiry }) => {
    if (expiry === "never") return !mustExpire(policy);
    return typeof expiry === "string" || !("days" in expiry) || expiry.days <= longest;
  });
  const isOffered = allowed.some(({ id }) => id === String(longest) || id === "365");
  const expiry = { days: longest };
  return isOffered ? allowed : [{ id: String(longest), label: plural(longest, "day"), expiry }, ...allowed];
}

/** The latest expiry that the company's key policy surely allows a key's secret. Undefined if it has none in the future. */
export function latestExpiry(
  { createdAt }: { createdAt: string },
  policy: KeyPolicy | undefined,
  now: Date,
): Date | undefined {
  const longest = policy?.longestLifetimeDays;
  // A rotation may have made the secret later, so the policy may allow more.
  const latest = longest && new Date(new Date(createdAt).getTime() + longest * DAY);
  return latest && latest > now ? latest : undefined;
}

/** What the company's key policy demands of the expiry. Empty if nothing. */
export function expiryRule(policy: KeyPolicy | undefined): string {
  if (!mustExpire(policy)) return "";
  const longest = policy?.longestLifetimeDays;
  return longest
    ? `Your company's key policy demands that keys expire, after at most ${plural(longest, "day")}.`
    : "Your company's key policy demands that keys expire.";
}

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
  if ("at" in expiry) return new Date(expiry.at);
  const [year = 0, month = 1, day = 1] = expiry.date.split("-").map(Number);
  return new Date(year, month - 1, day, 23, 59, 59);
}

/** Whether a key can expire at the end of this day (`yyyy-mm-dd`, in the reader's time zone). */
export function isExpiryDate(date: string, now: Date, longest = LONGEST_LIFE): boolean {
  const at = startOfDay(date) && expiresAt({ date }, now);
  return Boolean(at && at > now && at.getTime() <= now.getTime() + longest * DAY);
}

/** The number of days in a text. Undefined if it is not a whole number in this range. */
export function readDays(text: string, least = 1, most = LONGEST_LIFE): number | undefined {
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return days >= least && days <= most ? days : undefined;
}
