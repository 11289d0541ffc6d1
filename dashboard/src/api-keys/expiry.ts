import { startOfDay } from "../common/day";

const DAY = 24 * 60 * 60 * 1000;
/** Days that a key may live at most. */
export const LONGEST_LIFE = 366;

/** How a key's expiry is chosen: a number of days, never, or at the end of a day of the reader's. */
export type Expiry = { days: number } | "never" | { date: string };

/** The choices on offer, the recommended one first. */
export const EXPIRIES: readonly { id: string; label: string; expiry: Expiry }[] = [
  { id: "365", label: "1 year", expiry: { days: 365 } },
  { id: "90", label: "90 days", expiry: { days: 90 } },
  { id: "30", label: "30 days", expiry: { days: 30 } },
  { id: "never", label: "Never", expiry: "never" },
  { id: "date", label: "On a date", expiry: { date: "" } },
];

/** When a key with this choice stops working; absent where it never does by itself. */
export function expiresAt(expiry: Expiry, now: Date): Date | undefined {
  if (expiry === "never") return undefined;
  if ("days" in expiry) return new Date(now.getTime() + expiry.days * DAY);
  const [year = 0, month = 1, day = 1] = expiry.date.split("-").map(Number);
  return new Date(year, month - 1, day, 23, 59, 59);
}

/** Whether a key may expire at the end of this day (`yyyy-mm-dd`, the reader's). */
export function isExpiryDate(date: string, now: Date): boolean {
  const at = startOfDay(date) && expiresAt({ date }, now);
  return Boolean(at && at > now && at.getTime() <= now.getTime() + LONGEST_LIFE * DAY);
}
