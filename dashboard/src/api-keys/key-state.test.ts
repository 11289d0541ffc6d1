import { expect, test } from "vitest";
import { KEY, NOW } from "./key-fixture";
import { keyState } from "./key-state";

test("revoked comes before expired, and expired before frozen", () => {
  const past = "2026-06-15T10:00:00Z";
  expect(keyState(KEY, NOW)).toBe("active");
  expect(keyState({ ...KEY, expiresAt: "2026-06-15T10:00:01Z" }, NOW)).toBe("active");
  expect(keyState({ ...KEY, frozen: true }, NOW)).toBe("frozen");
  expect(keyState({ ...KEY, frozen: true, expiresAt: past }, NOW)).toBe("expired");
  expect(keyState({ ...KEY, expiresAt: past, revokedAt: past }, NOW)).toBe("revoked");
});
