import { expect, test } from "vitest";
import {
  allowedExpiries,
  chosenExpiry,
  EXPIRIES,
  expiresAt,
  expiryRule,
  isExpiryDate,
  readDays,
} from "./expiry";
import { NO_DEMANDS } from "../key-policy/policy-fixture";

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

test("a form has a choice or a date", () => {
  const date = "2026-06-20";
  expect(chosenExpiry(EXPIRIES, { expiryId: "90", date })).toEqual({ days: 90 });
  expect(chosenExpiry(EXPIRIES, { expiryId: "date", date })).toEqual({ date });
  // An earlier version of the page may have stored a choice that isn't offered any more.
  expect(chosenExpiry(EXPIRIES, { expiryId: "12", date })).toBe("never");
  expect(expiresAt("as-before", NOW)).toBeUndefined();
});

test("secrets that a key makes live from 1 to 366 days", () => {
  expect(["1", "090", "366"].map((text) => readDays(text))).toEqual([1, 90, 366]);
  for (const text of ["", "0", "367", "-1", "1.5", "1e2", "90 days"]) expect(readDays(text)).toBeUndefined();
});

test("a key policy takes choices away, and offers its longest lifetime", () => {
  const choices = (policy: { mustExpire?: boolean; longestLifetimeDays?: number }) =>
    allowedExpiries({ ...NO_DEMANDS, ...policy }).map(({ id }) => id);
  expect(allowedExpiries(undefined)).toEqual(EXPIRIES);
  expect(choices({})).toEqual(["365", "90", "30", "never", "date"]);
  expect(choices({ mustExpire: true })).toEqual(["365", "90", "30", "date"]);
  expect(choices({ longestLifetimeDays: 366 })).toEqual(["365", "90", "30", "date"]);
  expect(choices({ longestLifetimeDays: 90 })).toEqual(["90", "30", "date"]);
  expect(choices({ longestLifetimeDays: 60 })).toEqual(["60", "30", "date"]);
  expect(choices({ longestLifetimeDays: 1 })).toEqual(["1", "date"]);
  expect(isExpiryDate("2026-06-16", NOW, 2)).toBe(true);
  expect(isExpiryDate("2026-06-18", NOW, 2)).toBe(false);
  expect(expiryRule(NO_DEMANDS)).toBe("");
  expect(expiryRule({ ...NO_DEMANDS, mustExpire: true })).toMatch(/demands that keys expire\.$/);
  expect(expiryRule({ ...NO_DEMANDS, mustExpire: true, longestLifetimeDays: 1 })).toMatch(/1 day\.$/);
});
