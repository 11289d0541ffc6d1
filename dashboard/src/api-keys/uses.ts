import type { KeyUses } from "../api/client";

/** The number of days that are shown. */
export const SHOWN_DAYS = 30;
/** The kind of the uses that any scope allows. */
const ANY_SCOPE = "any";

type Day = KeyUses["days"][number];
export type Refusal = keyof Day["refused"];

/** Why requests with a key were refused. */
export const REFUSALS: Record<Refusal, string> = {
  limited: "too many requests",
  scope: "scope missing",
  held: "held",
  network: "from another network",
  expired: "expired",
};

/** A day's uses, with zeros. */
export interface UsesOfDay {
  /** `yyyy-mm-dd`, in UTC. */
  date: string;
  /** The number of requests of each kind. */
  admitted: ReadonlyMap<string, number>;
  refused: ReadonlyMap<Refusal, number>;
}

/** The last 30 days, the newest last, with the days without uses. Days are in UTC. */
export function lastDays({ days }: KeyUses, now: Date): UsesOfDay[] {
  const known = new Map(days.map((day) => [day.date, day]));
  return Array.from({ length: SHOWN_DAYS }, (_, i) => {
    const moment = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - SHOWN_DAYS + 1 + i);
    const date = new Date(moment).toISOString().slice(0, 10);
    return usesOf(date, known.get(date));
  });
}

function usesOf(date: string, day: Day | undefined): UsesOfDay {
  const admitted = new Map(Object.entries(day?.scopes ?? {}));
  if (day?.anyScope) admitted.set(ANY_SCOPE, day.anyScope);
  const refused = new Map(Object.entries(day?.refused ?? {}) as [Refusal, number][]);
  return { date, admitted, refused };
}

/** A row of bars of the chart, and a column of the table: a scope, or the refused requests. */
export interface UseKind {
  id: string;
  title: string;
  count: (day: UsesOfDay) => number;
}

/** What the key was used for in these days, and last its refused requests. `title` names a scope. */
export function kindsIn(days: readonly UsesOfDay[], title: (scope: string) => string): UseKind[] {
  const ids = new Set(days.flatMap(({ admitted }) => [...admitted.keys()]));
  const kinds = [...ids].sort().map((id) => ({
    id,
    title: id === ANY_SCOPE ? "About the key itself" : title(id),
    count: ({ admitted }: UsesOfDay) => admitted.get(id) ?? 0,
  }));
  const refused = { id: "refused", title: "Refused", count: refusedOn };
  return days.some((day) => refusedOn(day) > 0) ? [...kinds, refused] : kinds;
}

/** The number of refused requests on a day. */
export function refusedOn({ refused }: UsesOfDay): number {
  return [...refused.values()].reduce((sum, count) => sum + count, 0);
}

/** Why requests were refused in these days: `12 too many requests, 1 held`. Empty if none were. */
export function refusals(days: readonly UsesOfDay[]): string {
  const total = (reason: Refusal) => days.reduce((sum, { refused }) => sum + (refused.get(reason) ?? 0), 0);
  const reasons = Object.keys(REFUSALS) as Refusal[];
  return reasons
    .filter((reason) => total(reason) > 0)
    .map((reason) => `${total(reason).toLocaleString("en")} (${REFUSALS[reason]})`)
    .join(", ");
}
