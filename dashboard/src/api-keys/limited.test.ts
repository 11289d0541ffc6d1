import { expect, test } from "vitest";
import type { ApiKey } from "../api/client";
import { KEY, NOW } from "./key-fixture";
import { recentlyLimited } from "./limited";

test("a key was limited within the last hour or it isn't shown", () => {
  const limited = (limitedAt: string, more: Partial<ApiKey> = {}) =>
    recentlyLimited({ ...KEY, limitedAt, limitedBy: "company", ...more }, NOW);
  expect(recentlyLimited(KEY, NOW)).toBeUndefined();
  expect(limited("2026-06-15T09:00:00Z")?.reason).toContain("with all keys");
  expect(limited("2026-06-15T08:59:59Z")).toBeUndefined();
  // The clock of this computer may be behind.
  expect(limited("2026-06-15T10:00:30Z")?.at).toBe("2026-06-15T10:00:30Z");
  expect(limited("2026-06-15T09:59:00Z", { revokedAt: "2026-06-15T09:59:30Z" })).toBeUndefined();
  const unknown = { limitedBy: "moon" as "key" };
  expect(limited("2026-06-15T09:59:00Z", unknown)?.reason).toContain("Too many requests in a minute");
});
