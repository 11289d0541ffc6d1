import type { AuditAction } from "../api/client";
import { startOfDay } from "../common/day";
import { ACTIONS } from "./actions";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
/** The maximum number of actions in one filter of the API. */
export const MOST_ACTIONS = 10;

/** The ranges on offer. */
export const RANGES = [
  { id: "24h", label: "Last 24 hours", millis: DAY },
  { id: "7d", label: "Last 7 days", millis: 7 * DAY },
  { id: "30d", label: "Last 30 days", millis: 30 * DAY },
] as const;

/** The events to show: when, which actions, by or to whom. */
export interface ActivityFilter {
  range: (typeof RANGES)[number]["id"] | "days";
  /** If the range is `days`: the first and the last day in the reader's time zone (`yyyy-mm-dd`), or invalid input. */
  first: string;
  last: string;
  actions: readonly AuditAction[];
  /** Who did it, or to whom it was done: an email address, an account ID, a key's ID, name or mask. */
  involving: string;
}

export const ANY: ActivityFilter = {
  range: "7d",
  first: "",
  last: "",
  actions: [],
  involving: "",
};

/** The filter in an address. Invalid parts are omitted. */
export function filterFrom(query: URLSearchParams): ActivityFilter {
  const [first, last] = [query.get("first") ?? "", query.get("last") ?? ""];
  const range = RANGES.find(({ id }) => id === query.get("range"))?.id ?? ANY.range;
  const asked = (query.get("action") ?? "").split(",");
  return {
    range: query.get("range") === "days" ? "days" : range,
    first,
    last,
    actions: ACTIONS.filter((action) => asked.includes(action)).slice(0, MOST_ACTIONS),
    // Earlier versions of the page wrote `actor` into addresses that people may have shared.
    involving: query.get("involving") ?? query.get("actor") ?? "",
  };
}

/** A filter as the query of an address. Default values are omitted. */
export function queryOf(filter: ActivityFilter): Record<string, string> {
  const { range, first, last, actions, involving } = filter;
  return {
    ...(range !== ANY.range && { range }),
    ...(range === "days" && first && { first }),
    ...(range === "days" && last && { last }),
    ...(actions.length > 0 && { action: actions.join(",") }),
    ...(involving && { involving }),
  };
}

export type DayField = "first" | "last";

/** What is wrong with a day of a filter. */
export interface Mistake {
  field: DayField;
  kind: "unreadable" | "reversed";
}

/** When a filter begins and ends. */
export interface Span {
  since: string;
  until?: string;
}

/** When a filter begins and ends. Undefined if its days are missing or wrong. */
export function span(filter: ActivityFilter, now: Date): Span | undefined {
  const offered = RANGES.find(({ id }) => id === filter.range);
  if (offered) return { since: new Date(now.getTime() - offered.millis).toISOString() };
  const [first, last] = [startOfDay(filter.first), startOfDay(filter.last)];
  if (!first || !last || last < first) return undefined;
  const until = new Date(last.getFullYear(), last.getMonth(), last.getDate() + 1);
  return { since: first.toISOString(), until: until.toISOString() };
}

/** What is wrong with a filter's days. An empty day is not a mistake. */
export function mistakesIn({ range, first, last }: ActivityFilter): Mistake[] {
  if (range !== "days") return [];
  const days = { first: startOfDay(first), last: startOfDay(last) };
  const written = { first, last };
  const unreadable = (["first", "last"] as const).filter((field) => written[field] && !days[field]);
  if (unreadable.length > 0) return unreadable.map((field) => ({ field, kind: "unreadable" }));
  return days.first && days.last && days.last < days.first ? [{ field: "last", kind: "reversed" }] : [];
}
