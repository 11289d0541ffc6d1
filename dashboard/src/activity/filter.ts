import type { AuditAction } from "../api/client";
import { startOfDay } from "../common/day";
import { ACTIONS } from "./actions";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
/** Most actions that the API filters by at a time. */
export const MOST_ACTIONS = 10;

/** The ranges on offer. */
export const RANGES = [
  { id: "24h", label: "Last 24 hours", millis: DAY },
  { id: "7d", label: "Last 7 days", millis: 7 * DAY },
  { id: "30d", label: "Last 30 days", millis: 30 * DAY },
] as const;

/** Which events: when, what, by or to whom. */
export interface ActivityFilter {
  range: (typeof RANGES)[number]["id"] | "days";
  /** The first and the last day, where the range is of days: `yyyy-mm-dd`, the reader's, or what was written instead. */
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

/** The filter that an address names; what it can't mean is left out. */
export function filterFrom(query: URLSearchParams): ActivityFilter {
  const [first, last] = [query.get("first") ?? "", query.get("last") ?? ""];
  const range = RANGES.find(({ id }) => id === query.get("range"))?.id ?? ANY.range;
  const asked = (query.get("action") ?? "").split(",");
  return {
    range: query.get("range") === "days" ? "days" : range,
    first,
    last,
    actions: ACTIONS.filter((action) => asked.includes(action)).slice(0, MOST_ACTIONS),
    // Addresses that were shared earlier name an actor.
    involving: query.get("involving") ?? query.get("actor") ?? "",
  };
}

/** What an address says of a filter: nothing where it is the usual one. */
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

/** When a filter begins and ends; nothing as long as its days don't say so. */
export function span(filter: ActivityFilter, now: Date): Span | undefined {
  const offered = RANGES.find(({ id }) => id === filter.range);
  if (offered) return { since: new Date(now.getTime() - offered.millis).toISOString() };
  const [first, last] = [startOfDay(filter.first), startOfDay(filter.last)];
  if (!first || !last || last < first) return undefined;
  const until = new Date(last.getFullYear(), last.getMonth(), last.getDate() + 1);
  return { since: first.toISOString(), until: until.toISOString() };
}

/** What is wrong with a filter's days. A day that nobody wrote yet is no mistake. */
export function mistakesIn({ range, first, last }: ActivityFilter): Mistake[] {
  if (range !== "days") return [];
  const days = { first: startOfDay(first), last: startOfDay(last) };
  const written = { first, last };
  const unreadable = (["first", "last"] as const).filter((field) => written[field] && !days[field]);
  if (unreadable.length > 0) return unreadable.map((field) => ({ field, kind: "unreadable" }));
  return days.first && days.last && days.last < days.first ? [{ field: "last", kind: "reversed" }] : [];
}
