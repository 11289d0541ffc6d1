import { expect, test } from "vitest";
import { areSame, covers, isImplied, offered, withScope } from "./scopes";
import { NO_DEMANDS } from "../key-policy/policy-fixture";

const scope = (id: string) => ({ id, title: id, description: "" });
const ALL = ["deprovisioning", "scim", "audit-log", "accounts:read", "scim:read"].map(scope);

test("a scope includes its read-only scope, and no other", () => {
  expect(covers(["scim"], "scim:read")).toBe(true);
  expect(covers(["scim:read"], "scim")).toBe(false);
  expect(covers(["scim"], "accounts:read")).toBe(false);
  expect(isImplied(["scim"], "scim:read")).toBe(true);
  expect(isImplied(["scim:read"], "scim:read")).toBe(false);
});

test("a scope is not chosen in addition to one that includes it", () => {
  expect(withScope(["scim:read", "audit-log"], "scim", true)).toEqual(["audit-log", "scim"]);
  expect(withScope(["scim", "audit-log"], "scim", false)).toEqual(["audit-log"]);
  expect(withScope([], "scim:read", true)).toEqual(["scim:read"]);
});

test("a policy that offers a scope offers its read-only scope too", () => {
  const ids = (policy?: { scopes?: "scim"[] }) => {
    const full = policy && { ...NO_DEMANDS, ...policy };
    return offered(ALL, full).offered.map(({ id }) => id);
  };
  expect(ids()).toHaveLength(5);
  expect(ids({})).toHaveLength(5);
  expect(ids({ scopes: ["scim"] })).toEqual(["scim", "scim:read"]);
});

test("the order of scopes doesn't matter", () => {
  expect(areSame(["a", "b"], ["b", "a"])).toBe(true);
  expect(areSame(["a"], ["a", "b"])).toBe(false);
});
