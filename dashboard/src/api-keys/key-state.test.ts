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

test("a key whose current secret has expired lives as long as its second one", () => {
  const [past, soon] = ["2026-06-15T10:00:00Z", "2026-06-15T10:00:01Z"];
  const expired = { ...KEY, expiresAt: past };
  const newSecret = { mask: "ABcd…wxYZ", createdAt: past, unusedUntil: soon };
  expect(keyState({ ...expired, newSecret }, NOW)).toBe("active");
  expect(keyState({ ...expired, newSecret: { ...newSecret, unusedUntil: past } }, NOW)).toBe("expired");
  expect(keyState({ ...expired, oldSecret: { mask: KEY.mask, endsAt: soon } }, NOW)).toBe("active");
});
