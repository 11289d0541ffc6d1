import { expect, test } from "vitest";
import type { ApiKey } from "../api/client";
import { keyState } from "./key-state";

const NOW = new Date("2026-06-15T10:00:00Z");
const KEY: ApiKey = {
  keyId: "01",
  name: "N",
  mask: "abcd…efgh",
  scopes: ["deprovisioning"],
  createdBy: { accountId: "a", email: "a@x" },
  createdAt: "2026-01-01T00:00:00Z",
};

test("revoked comes before expired, and expired before frozen", () => {
  const past = "2026-06-15T10:00:00Z";
  expect(keyState(KEY, NOW)).toBe("active");
  expect(keyState({ ...KEY, expiresAt: "2026-06-15T10:00:01Z" }, NOW)).toBe("active");
  expect(keyState({ ...KEY, frozen: true }, NOW)).toBe("frozen");
  expect(keyState({ ...KEY, frozen: true, expiresAt: past }, NOW)).toBe("expired");
  expect(keyState({ ...KEY, expiresAt: past, revokedAt: past }, NOW)).toBe("revoked");
});
