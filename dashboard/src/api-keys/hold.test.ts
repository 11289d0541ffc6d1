import { expect, test } from "vitest";
import type { ApiKey, HoldReason } from "../api/client";
import { canHold, canRelease, stateText } from "./hold";
import { KEY, NOW } from "./key-fixture";
import { rotationSteps } from "./rotation-steps";

const [past, future] = ["2026-06-15T09:00:00Z", "2026-06-16T09:00:00Z"];
const held = (...reasons: [HoldReason["reason"], string][]): ApiKey => ({
  ...KEY,
  hold: { from: reasons[0]?.[1] ?? "", reasons: reasons.map(([reason, from]) => ({ reason, from })) },
});

test("an administrator's hold and one for disuse can be released, others not", () => {
  expect(canRelease(KEY, NOW)).toBe(false);
  expect(canRelease(held(["administrator", past]), NOW)).toBe(true);
  expect(canRelease(held(["unused", past]), NOW)).toBe(true);
  expect(canRelease(held(["unused", future]), NOW)).toBe(false);
  expect(canRelease(held(["expiry", past]), NOW)).toBe(false);
  // The policy still holds the key after that.
  expect(canRelease(held(["administrator", past], ["scopes", past]), NOW)).toBe(true);
  expect(canRelease(held(["unused", past], ["scopes", past]), NOW)).toBe(false);
  expect(canRelease(held(["administrator", past], ["scopes", future]), NOW)).toBe(true);
  expect(canRelease({ ...held(["administrator", past]), revokedAt: past }, NOW)).toBe(false);
});

test("a key can be held once, while it is active", () => {
  expect(canHold(KEY, NOW)).toBe(true);
  expect(canHold(held(["expiry", past]), NOW)).toBe(true);
  expect(canHold(held(["administrator", past]), NOW)).toBe(false);
  expect(canHold({ ...KEY, expiresAt: past }, NOW)).toBe(false);
  expect(canHold({ ...KEY, revocationBeganAt: past }, NOW)).toBe(false);
});

test("a held key gets a new secret only if that ends the hold", () => {
  expect(rotationSteps(KEY, true, NOW)).toEqual(["rotate"]);
  expect(rotationSteps(held(["lifetime", future]), true, NOW)).toEqual(["rotate"]);
  expect(rotationSteps(held(["lifetime", past], ["expiry", past]), true, NOW)).toEqual(["rotate"]);
  for (const reason of ["administrator", "scopes", "unused"] as const) {
    expect(rotationSteps(held(["lifetime", past], [reason, past]), true, NOW)).toEqual([]);
    expect(rotationSteps(held([reason, future]), true, NOW)).toEqual(["rotate"]);
  }
});

test("the state says whether a key is held now", () => {
  expect(stateText(held(["expiry", past]), NOW).text).toBe("Held");
  expect(stateText(held(["expiry", future]), NOW).text).toBe("Active");
  expect(stateText({ ...held(["expiry", past]), revokedAt: past }, NOW).text).toBe("Revoked");
});
