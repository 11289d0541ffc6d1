import { expect, test } from "vitest";
import { KEY, NOW } from "./key-fixture";
import { ADDRESSED_STEPS, addressedDialog, type AddressedStep, keyPlace } from "./key-place";

const AGO = "2026-06-14T10:00:00Z";
const SOON = "2026-06-16T10:00:00Z";

/** The dialog that a link of this page's own opens. */
function opened(step: AddressedStep | undefined, key = KEY, isEnterprise = true) {
  const [, query] = keyPlace(key.keyId, step).split("?");
  return addressedDialog(new URLSearchParams(query), key, isEnterprise, NOW);
}

test("a link to a key's page opens the dialog of its step", () => {
  expect(keyPlace("01")).toBe("/dashboard/api-keys/01");
  expect(keyPlace("a/b", "rotate")).toBe("/dashboard/api-keys/a%2Fb?step=rotate");
  expect(opened(undefined)).toBeUndefined();
  for (const step of ["rotate", "edit", "networks", "revoke"] as const) {
    expect(opened(step)).toEqual({ kind: step, key: KEY });
  }
  const held = { ...KEY, hold: { from: AGO, reasons: [{ reason: "administrator" as const, from: AGO }] } };
  expect(opened("release", held)).toEqual({ kind: "release", key: held });
  const rotating = { ...KEY, oldSecret: { mask: "ABcd…wxYZ", endsAt: SOON } };
  expect(opened("complete", rotating)).toEqual({ kind: "complete", key: rotating });
  const draft = { name: "N", scopes: ["deprovisioning"] };
  expect(opened("replace", { ...KEY, expiresAt: AGO })).toEqual({ kind: "create", draft });
});

test("an address opens no dialog for what isn't possible", () => {
  const query = new URLSearchParams({ step: "destroy" });
  expect(addressedDialog(query, KEY, true, NOW)).toBeUndefined();
  expect(opened("release")).toBeUndefined();
  expect(opened("complete")).toBeUndefined();
  expect(opened("revoke", { ...KEY, revokedAt: AGO })).toBeUndefined();
  for (const step of ["rotate", "edit", "networks"] as const) {
    expect(opened(step, { ...KEY, expiresAt: AGO })).toBeUndefined();
  }
  const oldSecret = { mask: "ABcd…wxYZ", endsAt: SOON };
  expect(opened("rotate", { ...KEY, oldSecret })).toBeUndefined();
  const byPlan = ADDRESSED_STEPS.filter((step) => opened(step, KEY, true) && !opened(step, KEY, false));
  expect(byPlan).toEqual(["rotate", "replace"]);
});
