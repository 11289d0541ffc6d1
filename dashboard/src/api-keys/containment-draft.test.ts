import { expect, test } from "vitest";
import type { KeyPolicy } from "../api/client";
import {
  applying,
  areSameNetworks,
  limitDraftOf,
  limitMistake,
  limitOf,
  type Networks,
  networksDraftOf,
  networksMistake,
  networksOf,
  withRange,
} from "./containment-draft";
import { NO_DEMANDS } from "../key-policy/policy-fixture";

const policy: KeyPolicy = { ...NO_DEMANDS, suspensionsPerHour: 100 };
const list: Networks = { mode: "report", ranges: ["203.0.113.0/24", "2001:db8::/48"] };

test("a list is the same after it was shown in the form", () => {
  expect(networksOf(networksDraftOf(list, policy))).toEqual(list);
  expect(networksOf(networksDraftOf(undefined, policy))).toBeUndefined();
});

test("a network that is added begins a list that only reports", () => {
  expect(networksOf(networksDraftOf(undefined, policy, "::/48"))).toEqual({
    mode: "report",
    ranges: ["::/48"],
  });
  const enforced = { ...list, mode: "enforce" } as const;
  expect(networksOf(networksDraftOf(enforced, policy, "::/48"))).toEqual({
    mode: "enforce",
    ranges: [...list.ranges, "::/48"],
  });
  expect(withRange("", "::/48")).toBe("::/48");
  expect(withRange("203.0.113.7\n\n", "::/48")).toBe("203.0.113.7\n::/48");
});

test("if the policy demands a list, the form begins with one that is enforced", () => {
  const demanding = { ...policy, networksRequired: true };
  for (const networks of [undefined, list]) {
    expect(networksDraftOf(networks, demanding).networkUse).toBe("enforce");
  }
});

test("only a list can be wrong", () => {
  expect(networksMistake({ networkUse: "any", ranges: "x" })).toBe("");
  expect(networksMistake({ networkUse: "report", ranges: "x" })).toContain("Line 1");
  expect(networksMistake({ networkUse: "enforce", ranges: " " })).toContain("at least one");
});

test("lists are the same in any order, but not in another mode", () => {
  expect(areSameNetworks(list, { ...list, ranges: ["2001:DB8::/48", ...list.ranges] })).toBe(true);
  expect(areSameNetworks(list, { ...list, mode: "enforce" })).toBe(false);
  expect(areSameNetworks(list, { ...list, ranges: ["203.0.113.0/24"] })).toBe(false);
  expect(areSameNetworks(list, undefined)).toBe(false);
  expect(areSameNetworks(undefined, undefined)).toBe(true);
});

test("a suspension limit is the same after it was shown in the form", () => {
  for (const limit of ["policy", 1, 1000, "unlimited"] as const) {
    expect(limitOf(limitDraftOf(limit, 100))).toBe(limit);
  }
});

test.each(["", "0", "1001", "1.5", "-1", "1e2", "٣"])("%s is not a suspension limit", (ownLimit) => {
  expect(limitMistake({ limitChoice: "own", ownLimit })).toContain("1 to 1,000");
  expect(limitMistake({ limitChoice: "unlimited", ownLimit })).toBe("");
});

test("the policy's number applies to keys without a number of their own", () => {
  expect(applying("policy", policy)).toBe(100);
  expect(applying(5, policy)).toBe(5);
  expect(applying("unlimited", policy)).toBeUndefined();
});
