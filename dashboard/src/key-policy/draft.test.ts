import { expect, test } from "vitest";
import type { KeyPolicy } from "../api/client";
import { draftOf, mistakesIn, type PolicyDraft, policyOf } from "./draft";

const ALL = ["scim", "scim:read", "audit-log"].map((id) => ({ id, title: id, description: "" }));
const NOTHING: KeyPolicy = { mustExpire: false, graceDays: 14 };

test("a policy is the same after it was shown in the form", () => {
  const policies: KeyPolicy[] = [
    NOTHING,
    { mustExpire: true, graceDays: 1 },
    { mustExpire: true, longestLifetimeDays: 30, unusedDays: 60, scopes: ["scim"], graceDays: 90 },
  ];
  for (const policy of policies) expect(policyOf(draftOf(policy, ALL))).toEqual(policy);
});

test("a scope includes its read-only scope, which is not named in addition", () => {
  expect(draftOf(NOTHING, ALL).scopes).toEqual(["scim", "audit-log"]);
});

test("only fields that are in use can be wrong", () => {
  const fields = (part: Partial<PolicyDraft>) => [
    ...mistakesIn({ ...draftOf(NOTHING, ALL), ...part }).keys(),
  ];
  expect(fields({ longestDays: "", unusedDays: "29", scopes: [] })).toEqual([]);
  expect(fields({ hasLongest: true, longestDays: "367" })).toEqual(["longestLifetimeDays"]);
  expect(fields({ holdsUnused: true, unusedDays: "29" })).toEqual(["unusedDays"]);
  expect(fields({ offersAll: false, scopes: [] })).toEqual(["scopes"]);
  expect(fields({ graceDays: "0" })).toEqual(["graceDays"]);
  expect(fields({ graceDays: "91" })).toEqual(["graceDays"]);
  expect(mistakesIn({ ...draftOf(NOTHING, ALL), graceDays: "x" }).get("graceDays")).toContain("1 to 90");
});
