import { expect, test } from "vitest";
import type { ApiKey } from "../api/client";
import { KEY, NOW } from "./key-fixture";
import { charactersOf, newestMask, rotationOf, secretUse } from "./rotation";
import { rotationSteps } from "./rotation-steps";

const [PAST, SOON, LATER] = ["2026-06-15T10:00:00Z", "2026-06-16T10:00:00Z", "2026-07-15T10:00:00Z"];
const NEW = "ABcd…wxYZ";

const waiting = (more: Partial<NonNullable<ApiKey["newSecret"]>> = {}): ApiKey => ({
  ...KEY,
  newSecret: { mask: NEW, createdAt: "2026-06-15T09:00:00Z", unusedUntil: LATER, ...more },
});
const overlapping = (endsAt = SOON): ApiKey => ({
  ...KEY,
  mask: NEW,
  oldSecret: { mask: KEY.mask, endsAt },
});

test("a rotation lasts until its second secret ends", () => {
  expect(rotationOf(KEY, NOW)).toBeUndefined();
  expect(rotationOf(waiting(), NOW)).toEqual({ kind: "waiting", mask: NEW, endsAt: LATER });
  // A new secret that nobody uses ends with its expiry, if that is earlier.
  expect(rotationOf(waiting({ expiresAt: SOON }), NOW)?.endsAt).toBe(SOON);
  expect(rotationOf(waiting({ expiresAt: "2027-01-01T00:00:00Z" }), NOW)?.endsAt).toBe(LATER);
  expect(rotationOf(waiting({ unusedUntil: PAST }), NOW)).toBeUndefined();
  expect(rotationOf(overlapping(), NOW)).toEqual({ kind: "overlapping", mask: KEY.mask, endsAt: SOON });
  expect(rotationOf(overlapping(PAST), NOW)).toBeUndefined();
});

test("a request names the newest secret", () => {
  expect([KEY, waiting(), overlapping()].map(newestMask)).toEqual([KEY.mask, NEW, NEW]);
  expect(charactersOf(NEW)).toEqual({ firstFour: "ABcd", lastFour: "wxYZ" });
});

test("only active keys have steps, and making a secret requires the Enterprise plan", () => {
  const steps = (key: ApiKey) => [true, false].map((isEnterprise) => rotationSteps(key, isEnterprise, NOW));
  expect(steps(KEY)).toEqual([["rotate"], []]);
  expect(steps(waiting())).toEqual([
    ["complete", "cancel", "replace"],
    ["complete", "cancel"],
  ]);
  expect(steps(overlapping())).toEqual([["complete"], ["complete"]]);
  expect(steps(overlapping(PAST))).toEqual([["rotate"], []]);
  expect(steps({ ...waiting(), frozen: true })[1]).toEqual(["complete", "cancel"]);
  // The key lives on with its new secret, so nothing would be left after canceling.
  expect(steps({ ...waiting(), expiresAt: PAST })).toEqual([["complete", "replace"], ["complete"]]);
  for (const ended of [
    { ...KEY, expiresAt: PAST },
    { ...waiting(), revokedAt: PAST },
    { ...waiting(), revocationBeganAt: PAST },
  ]) {
    expect(steps(ended)).toEqual([[], []]);
  }
});

test("the list of active keys says what has become of a new secret", () => {
  const use = (...keys: ApiKey[]) => secretUse(keys, { keyId: KEY.keyId, mask: NEW }, NOW);
  expect(use(waiting())).toEqual({ kind: "unused" });
  expect(use({ ...waiting(), keyId: "02" }, overlapping())).toEqual({ kind: "used", oldUntil: SOON });
  expect(use(overlapping(PAST))).toEqual({ kind: "used", oldUntil: undefined });
  expect(use({ ...KEY, mask: NEW })).toEqual({ kind: "used", oldUntil: undefined });
  expect(use(KEY)).toEqual({ kind: "ended" });
  expect(use(waiting({ mask: "other…mask" }))).toEqual({ kind: "ended" });
  expect(use({ ...overlapping(), keyId: "02" })).toEqual({ kind: "inactive" });
});
