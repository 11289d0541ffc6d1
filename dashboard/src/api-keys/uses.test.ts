import { expect, test } from "vitest";
import type { KeyUses } from "../api/client";
import { NOW } from "./key-fixture";
import { kindsIn, lastDays, refusals, refusedOn } from "./uses";

const uses: KeyUses = {
  days: [
    { date: "2026-06-15", scopes: { scim: 3, "audit-log": 1 }, refused: { limited: 2, held: 1 } },
    { date: "2026-06-13", scopes: { scim: 1200 }, anyScope: 4, refused: { limited: 1 } },
    { date: "2026-05-16", scopes: {}, refused: {} },
    { date: "2026-05-15", scopes: { scim: 99 }, refused: {} },
  ],
  scopes: [],
};
const days = lastDays(uses, NOW);

test("30 days are shown until today, in UTC, with those without uses", () => {
  expect(days).toHaveLength(30);
  expect(days[0]?.date).toBe("2026-05-17");
  expect(days.at(-1)?.date).toBe("2026-06-15");
  expect(days.map(({ admitted }) => admitted.get("scim") ?? 0).filter((count) => count > 0)).toEqual([
    1200, 3,
  ]);
  expect(lastDays(uses, new Date("2026-03-01T00:00:00Z")).at(-2)?.date).toBe("2026-02-28");
});

test("each scope that was used is a kind of use, and so are refused requests, if there were any", () => {
  const kinds = kindsIn(days, (scope) => scope.toUpperCase());
  expect(kinds.map(({ title }) => title)).toEqual(["About the key itself", "AUDIT-LOG", "SCIM", "Refused"]);
  expect(kinds.map(({ count }) => days.map(count).reduce((a, b) => a + b))).toEqual([4, 1, 1203, 4]);
  expect(kindsIn(days.slice(0, 20), String)).toEqual([]);
});

test("refused requests are counted by reason", () => {
  expect(refusals(days)).toBe("3 (too many requests), 1 (held)");
  expect(refusals(days.slice(0, 20))).toBe("");
  expect(days.map(refusedOn).filter((count) => count > 0)).toEqual([1, 3]);
});
