import { expect, test } from "vitest";
import type { ApiKey } from "../api/client";
import { attentionOf } from "./attention";
import {
  ALL_ACTIVE,
  countOf,
  filterFrom,
  found,
  isNarrowed,
  type KeyFilter,
  matchesSearch,
  queryOf,
} from "./finding";
import { KEY, NOW } from "./key-fixture";

const at = (days: number) => new Date(NOW.getTime() + days * 24 * 60 * 60 * 1000).toISOString();
const key = (keyId: string, part: Partial<ApiKey> = {}): ApiKey => ({
  ...KEY,
  keyId,
  createdAt: at(-100),
  lastUsedAt: at(0),
  ...part,
});
const ids = (keys: readonly ApiKey[]) => keys.map(({ keyId }) => keyId);
const find = (keys: readonly ApiKey[], filter: Partial<KeyFilter>) =>
  ids(found(keys, { ...ALL_ACTIVE, ...filter }, { accountId: "me", now: NOW }));

test("the filter in the address is the same after it was written and read", () => {
  const filters: KeyFilter[] = [
    ALL_ACTIVE,
    {
      owner: "me",
      state: "expired",
      search: "K7fQ…mibC & more",
      quick: ["expiring", "held"],
      sorting: { by: "expires", isDescending: false },
    },
    { ...ALL_ACTIVE, sorting: { by: "created", isDescending: false } },
    { ...ALL_ACTIVE, sorting: { by: "used", isDescending: true } },
  ];
  for (const filter of filters) {
    expect(filterFrom(new URLSearchParams(queryOf(filter)))).toEqual(filter);
  }
  expect(queryOf(ALL_ACTIVE)).toEqual({});
  expect(filterFrom(new URLSearchParams("owner=x&state=y&show=a,held&sort=z&order=descending"))).toEqual({
    ...ALL_ACTIVE,
    quick: ["held"],
  });
});

test("sorting alone hides no key", () => {
  expect(isNarrowed({ ...ALL_ACTIVE, sorting: { by: "name", isDescending: false } })).toBe(false);
  expect(isNarrowed({ ...ALL_ACTIVE, search: "x" })).toBe(true);
  expect(isNarrowed({ ...ALL_ACTIVE, quick: ["held"] })).toBe(true);
});

test.each([
  ["nightly", true],
  ["  OFF ", true],
  ["abcd…efgh", true],
  ["abcd...efgh", true],
  ["abcd", true],
  ["efgh", true],
  ["ABCD", false],
  ["bcd", false],
  ["new1", true],
  ["old2", true],
  ["01kgba0rvs9w3t5v8yb2c4e6g8", true],
  ["01KGBA0RVS", false],
  ["", true],
])("a search for %j", (search, matches) => {
  const searched = key("01KGBA0RVS9W3T5V8YB2C4E6G8", {
    name: "Nightly offboarding",
    newSecret: { mask: "new1…xxxx", createdAt: at(0), unusedUntil: at(1) },
    oldSecret: { mask: "xxxx…old2", endsAt: at(1) },
  });
  expect(matchesSearch(searched, search)).toBe(matches);
});

test("what needs attention", () => {
  const attention = (part: Partial<ApiKey>) => attentionOf(key("1", part), NOW);
  expect(attention({})).toEqual([]);
  expect(attention({ expiresAt: at(30) })).toEqual(["expiring"]);
  expect(attention({ expiresAt: at(30.01) })).toEqual([]);
  const newSecret = { mask: "new1…xxxx", createdAt: at(0), unusedUntil: at(20) };
  expect(attention({ expiresAt: at(10), newSecret })).toEqual(["rotating"]);
  expect(attention({ expiresAt: at(10), newSecret: { ...newSecret, expiresAt: at(15) } })).toEqual([
    "expiring",
    "rotating",
  ]);
  expect(attention({ lastUsedAt: at(-90) })).toEqual(["unused"]);
  expect(attention({ lastUsedAt: at(-89.9) })).toEqual([]);
  const unused: ApiKey = { ...KEY, createdAt: at(-100) };
  expect(attentionOf(unused, NOW)).toEqual(["unused"]);
  expect(attentionOf({ ...unused, createdAt: at(-89) }, NOW)).toEqual([]);
  const hold = (days: number): Partial<ApiKey> => ({ hold: { from: at(days), reasons: [] } });
  expect(attention(hold(0))).toEqual(["held"]);
  expect(attention(hold(0.01))).toEqual(["will-be-held"]);
  const suspended = { createdBy: { accountId: "a", email: "a@x", suspended: true } };
  expect(attention({ ...suspended, limitedAt: at(0), limitedBy: "key" })).toEqual([
    "owner-suspended",
    "limited",
  ]);
  expect(attention({ ...suspended, ...hold(-1), revokedAt: at(-1) })).toEqual([]);
  expect(attention({ ...suspended, frozen: true })).toEqual(["owner-suspended"]);
});

test("quick filters are combined, and each has a number", () => {
  const keys = [
    key("1", { expiresAt: at(3) }),
    key("2", { expiresAt: at(3), lastUsedAt: at(-100) }),
    key("3", { hold: { from: at(-1), reasons: [] } }),
    key("4", { hold: { from: at(5), reasons: [] } }),
  ];
  expect(find(keys, { quick: ["expiring"] })).toEqual(["2", "1"]);
  expect(find(keys, { quick: ["expiring", "unused"] })).toEqual(["2"]);
  expect(find(keys, { quick: ["held"] })).toEqual(["4", "3"]);
  expect(countOf(keys, "held", NOW)).toBe(2);
  expect(countOf(keys, "rotating", NOW)).toBe(0);
});

test("keys are sorted by a column, and equal ones by their creation", () => {
  const keys = [
    key("1", { name: "Key 10", expiresAt: at(9), createdBy: { accountId: "me", email: "b@x" } }),
    key("2", { name: "key 9", lastUsedAt: at(-3) }),
    key("3", { name: "Älter", expiresAt: at(8), createdAt: at(-1) }),
  ];
  const sorted = (by: KeyFilter["sorting"]["by"], isDescending = false) =>
    find(keys, { sorting: { by, isDescending } });
  expect(find(keys, {})).toEqual(["3", "2", "1"]);
  expect(sorted("name")).toEqual(["3", "2", "1"]);
  expect(sorted("name", true)).toEqual(["1", "2", "3"]);
  expect(sorted("expires")).toEqual(["3", "1", "2"]);
  expect(sorted("used")).toEqual(["2", "1", "3"]);
  expect(sorted("owner")).toEqual(["2", "3", "1"]);
  expect(find(keys, { owner: "me" })).toEqual(["1"]);
});
