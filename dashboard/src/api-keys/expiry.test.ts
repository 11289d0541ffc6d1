import { expect, test } from "vitest";
import { expiresAt, isExpiryDate } from "./expiry";

const NOW = new Date("2026-06-15T10:00:00Z");

test("a key expires after days, never, or at the end of a day in the reader's time zone", () => {
  expect(expiresAt({ days: 30 }, NOW)).toEqual(new Date("2026-07-15T10:00:00Z"));
  expect(expiresAt("never", NOW)).toBeUndefined();
  const end = expiresAt({ date: "2026-06-20" }, NOW);
  expect([end?.getFullYear(), end?.getMonth(), end?.getDate()]).toEqual([2026, 5, 20]);
  expect([end?.getHours(), end?.getMinutes()]).toEqual([23, 59]);
});

test("a last day is between today and 366 days ahead", () => {
  expect(isExpiryDate("2026-06-14", NOW)).toBe(false);
  expect(isExpiryDate("2026-06-16", NOW)).toBe(true);
  expect(isExpiryDate("2027-06-14", NOW)).toBe(true);
  expect(isExpiryDate("2027-06-18", NOW)).toBe(false);
  for (const text of ["", "2026-6-16", "2026-13-45", "tomorrow"]) expect(isExpiryDate(text, NOW)).toBe(false);
});
