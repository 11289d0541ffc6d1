import { expect, test } from "vitest";
import { attentionOf } from "./attention";
import { KEY, NOW } from "./key-fixture";
import { isLimitReached, nextHour, startOfHour } from "./limit-state";

test("accounts are counted in an hour of the clock", () => {
  const moment = new Date("2026-06-15T10:59:59.999Z");
  expect(startOfHour(moment).toISOString()).toBe("2026-06-15T10:00:00.000Z");
  expect(nextHour(moment).toISOString()).toBe("2026-06-15T11:00:00.000Z");
});

test("a limit is reached until the next hour, even if the page has not read the key again", () => {
  const reached = { ...KEY, suspensionLimitReachedAt: "2026-06-15T10:00:00.000Z" };
  expect(isLimitReached(reached, NOW)).toBe(true);
  expect(isLimitReached(reached, new Date("2026-06-15T11:00:00.000Z"))).toBe(false);
  expect(isLimitReached(KEY, NOW)).toBe(false);
  expect(attentionOf({ ...reached, lastUsedAt: NOW.toISOString() }, NOW)[0]).toBe("suspension-limit");
  expect(attentionOf({ ...reached, revokedAt: NOW.toISOString() }, NOW)).toEqual([]);
});
