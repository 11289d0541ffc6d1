import { expect, test } from "vitest";
import { ANY, filterFrom, mistakesIn, queryOf, span } from "./filter";

const NOW = new Date("2026-02-10T12:00:00.000Z");
const days = (first: string, last: string) => ({ ...ANY, range: "days" as const, first, last });

test("a filter is unchanged after it was written to an address and read again", () => {
  const filter = {
    ...days("2026-01-01", "2026-01-31"),
    actions: ["REVOKE_API_KEY" as const],
    involving: "01K",
  };
  expect(filterFrom(new URLSearchParams(queryOf(filter)))).toEqual(filter);
  expect(queryOf(ANY)).toEqual({});
  expect(filterFrom(new URLSearchParams("actor=ada@acme.example")).involving).toBe("ada@acme.example");
  expect(filterFrom(new URLSearchParams("range=century&action=NOTHING,,&x=y"))).toEqual(ANY);
});

test("ranges end in the present", () => {
  expect(span({ ...ANY, range: "24h" }, NOW)).toEqual({ since: "2026-02-09T12:00:00.000Z" });
});

test("days are whole days in the reader's time zone", () => {
  const found = span(days("2026-01-30", "2026-01-31"), NOW);
  expect(found).toEqual({
    since: new Date(2026, 0, 30).toISOString(),
    until: new Date(2026, 1, 1).toISOString(),
  });
});

test.each([
  ["", "2026-01-31", []],
  ["2026-02-30", "31.2.", ["first unreadable", "last unreadable"]],
  ["", "5.11.2026", ["last unreadable"]],
  ["2026-01-31", "2026-01-30", ["last reversed"]],
])("%j to %j is not a valid span", (first, last, expected) => {
  expect(span(days(first, last), NOW)).toBe(undefined);
  expect(mistakesIn(days(first, last)).map(({ field, kind }) => `${field} ${kind}`)).toEqual(expected);
});

test("a span can be as long as the log", () => {
  expect(mistakesIn(days("2020-01-01", "2026-01-31"))).toEqual([]);
  expect(span(days("2020-01-01", "2026-01-31"), NOW)).toBeDefined();
});
