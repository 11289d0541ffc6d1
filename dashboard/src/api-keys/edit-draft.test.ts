import { expect, test } from "vitest";
import type { ApiKey } from "../api/client";
import { changesOf, draftOf, type EditDraft, editedExpiries, keepable } from "./edit-draft";
import { KEY, NOW } from "./key-fixture";
import { NO_DEMANDS } from "../key-policy/policy-fixture";

const key: ApiKey = {
  ...KEY,
  note: "Vault",
  scopes: ["deprovisioning", "scim"],
  expiresAt: "2026-08-01T00:00:00Z",
  selfRotation: { lifetimeDays: 90 },
};
const changes = (part: Partial<EditDraft>, edited = key) =>
  changesOf({ ...draftOf(edited, undefined), ...part }, undefined, NOW);

test("a form that nobody changed changes nothing", () => {
  expect(changes({})).toEqual({});
  expect(changes({}, KEY)).toEqual({});
  expect(changes({ name: ` ${key.name} `, note: "Vault\n", scopes: ["scim", "deprovisioning"] })).toEqual({});
  expect(changes({ expiryId: "never" }, KEY)).toEqual({});
});

test("only what was changed is sent", () => {
  expect(changes({ name: "New" })).toEqual({ name: "New" });
  expect(changes({ note: " " })).toEqual({ note: null });
  expect(changes({ scopes: ["scim"] })).toEqual({ scopes: ["scim"] });
  expect(changes({ expiryId: "never" })).toEqual({ expiresAt: null });
  expect(changes({ expiryId: "30" })).toEqual({ expiresAt: "2026-07-15T10:00:00.000Z" });
  expect(changes({ rotatesItself: false })).toEqual({ selfRotation: null });
  expect(changes({ lifetimeDays: "30" })).toEqual({ selfRotation: { lifetimeDays: 30 } });
  expect(changes({ rotatesItself: true }, KEY)).toEqual({ selfRotation: { lifetimeDays: 90 } });
});

test("a key can be narrowed from the beginning", () => {
  const draft = draftOf(key, undefined, ["scim"]);
  expect(changesOf(draft, undefined, NOW)).toEqual({ scopes: ["scim"] });
});

test("a key can keep its scopes and the read-only ones in them", () => {
  const scopes = ["deprovisioning", "scim", "audit-log", "accounts:read", "scim:read"].map((id) => ({
    id,
    title: id,
    description: "",
  }));
  const ids = (key: ApiKey) => keepable(key, scopes).map(({ id }) => id);
  expect(ids(key)).toEqual(["deprovisioning", "scim", "accounts:read", "scim:read"]);
  expect(ids({ ...key, scopes: ["audit-log", "paint" as "scim"] })).toEqual(["audit-log", "paint"]);
});

test("a policy bounds a new expiry, counted from the key's creation, and the present one can always stay", () => {
  const policy = { ...NO_DEMANDS, mustExpire: true, longestLifetimeDays: 60 };
  const labels = (createdAt: string) =>
    editedExpiries({ ...KEY, createdAt }, policy, NOW).map(({ label }) => label);
  const [first, latest, last] = ["As it is now", "As late as the key policy allows", "On a date"];
  expect(labels("2026-06-14T10:00:00Z")).toEqual([first, latest, "30 days from now", last]);
  expect(labels("2026-05-10T10:00:00Z")).toEqual([first, latest, last]);
  // If the secret was made later, by a rotation, only the service knows when.
  expect(labels("2026-01-01T10:00:00Z")).toEqual([first, "30 days from now", last]);
  const young = { ...KEY, createdAt: "2026-06-14T10:00:00Z" };
  expect(changesOf({ ...draftOf(young, policy), expiryId: "latest" }, policy, NOW)).toEqual({
    expiresAt: "2026-08-13T10:00:00.000Z",
  });
});
