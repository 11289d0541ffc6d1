import type { AuditAction } from "../api/client";
import { ACTIONS } from "./actions";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
/** Days that a range may span at most. */
export const LONGEST_RANGE = 30;
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
  /** The first and the last day, `yyyy-mm-dd` of the reader's, where the range is of days. */
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

/** When a filter begins and ends, or what is wrong with its days. */
export function span(filter: ActivityFilter, now: Date): { since: string; until?: string } | string {
  const offered = RANGES.find(({ id }) => id === filter.range);
  if (offered) return { since: new Date(now.getTime() - offered.millis).toISOString() };
  const [first, last] = [day(filter.first), day(filter.last)];
  if (!first || !last) return "Choose the first and the last day.";
  if (last < first) return "The last day must not be before the first.";
  const until = new Date(last.getFullYear(), last.getMonth(), last.getDate() + 1);
  // Where the clocks are set back, thirty days have an hour more.
  if (until.getTime() - first.getTime() > LONGEST_RANGE * DAY) {
    return `Choose at most ${LONGEST_RANGE} days.`;
  }
  return { since: first.toISOString(), until: until.toISOString() };
}

/** The beginning of a day in the reader's zone. */
function day(text: string): Date | undefined {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (!year || !month || !date) return undefined;
  const at = new Date(Number(year), Number(month) - 1, Number(date));
  // 31 February would be some day of March.
  return at.getMonth() + 1 === Number(month) && at.getDate() === Number(date) ? at : undefined;
}
