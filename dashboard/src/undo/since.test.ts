import { expect, test } from "vitest";
import { enteredOf, sinceIn, sinceOf } from "./since";

test("a time in an address is exact, and anything else is none", () => {
  const read = (text: string) => sinceIn(new URLSearchParams({ since: text }));
  expect(read("2026-02-01T02:00:00.123Z")).toBe("2026-02-01T02:00:00.123Z");
  expect(read("2026-02-01T03:00:00+01:00")).toBe("2026-02-01T02:00:00.000Z");
  expect(read("yesterday")).toBeUndefined();
  expect(sinceIn(new URLSearchParams())).toBeUndefined();
});

test("the minute of a time is entered, and is not later than the time", () => {
  const entered = enteredOf("2026-02-01T02:34:56.123Z");
  expect(entered.time).toMatch(/^\d{2}:34$/);
  expect(sinceOf(entered)).toBe("2026-02-01T02:34:00.000Z");
});

test.each([
  ["2026-02-30", "10:00"],
  ["", "10:00"],
  ["2026-02-01", ""],
  ["2026-02-01", "24:00"],
  ["2026-02-01", "10:60"],
  ["2026-02-01", "10"],
])("%s %s is not a time", (day, time) => {
  expect(sinceOf({ day, time })).toBeUndefined();
});
