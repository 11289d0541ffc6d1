import { expect, test } from "vitest";
import type { KeyPolicy } from "../api/client";
import { draftOf, mistakesIn, type PolicyDraft, policyOf } from "./draft";
import { NO_DEMANDS } from "./policy-fixture";

const ALL = ["scim", "scim:read", "audit-log"].map((id) => ({ id, title: id, description: "" }));

test("a policy is the same after it was shown in the form", () => {
  const policies: KeyPolicy[] = [
    NO_DEMANDS,
    { ...NO_DEMANDS, mustExpire: true, graceDays: 1 },
    {
      mustExpire: true,
      longestLifetimeDays: 30,
      unusedDays: 60,
      scopes: ["scim"],
      graceDays: 90,
      leakedKeys: "alert",
      networksRequired: true,
      suspensionsPerHour: 1000,
    },
  ];
  // Without a limit, the form says so explicitly.
  for (const policy of policies) {
    expect(policyOf(draftOf(policy, ALL))).toEqual({ suspensionsPerHour: null, ...policy });
  }
});

test("a scope includes its read-only scope, which is not named in addition", () => {
  expect(draftOf(NO_DEMANDS, ALL).scopes).toEqual(["scim", "audit-log"]);
});

test("only fields that are in use can be wrong", () => {
  const fields = (part: Partial<PolicyDraft>) => [
    ...mistakesIn({ ...draftOf(NO_DEMANDS, ALL), ...part }).keys(),
  ];
  expect(fields({ longestDays: "", unusedDays: "29", scopes: [] })).toEqual([]);
  expect(fields({ hasLongest: true, longestDays: "367" })).toEqual(["longestLifetimeDays"]);
  expect(fields({ holdsUnused: true, unusedDays: "29" })).toEqual(["unusedDays"]);
  expect(fields({ offersAll: false, scopes: [] })).toEqual(["scopes"]);
  expect(fields({ limitsSuspensions: false, suspensionsPerHour: "x" })).toEqual([]);
  for (const suspensionsPerHour of ["", "0", "1001", "1.5", "1,000"]) {
    expect(fields({ limitsSuspensions: true, suspensionsPerHour })).toEqual(["suspensionsPerHour"]);
  }
  expect(fields({ graceDays: "0" })).toEqual(["graceDays"]);
  expect(fields({ graceDays: "91" })).toEqual(["graceDays"]);
  expect(mistakesIn({ ...draftOf(NO_DEMANDS, ALL), graceDays: "x" }).get("graceDays")).toContain("1 to 90");
});

test("a limit is taken away only explicitly, and a company without one is offered the usual one", () => {
  const limited = draftOf({ ...NO_DEMANDS, suspensionsPerHour: 50 }, ALL);
  expect(policyOf({ ...limited, limitsSuspensions: false })).toMatchObject({ suspensionsPerHour: null });
  expect(draftOf(NO_DEMANDS, ALL)).toMatchObject({ limitsSuspensions: false, suspensionsPerHour: "100" });
});
