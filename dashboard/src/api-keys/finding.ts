import type { ApiKey } from "../api/client";
import { attentionOf, type Attention } from "./attention";

export const OWNERS = ["all", "me"] as const;
export const STATES = ["active", "revoked", "expired", "all"] as const;
/** The quick filters of the active keys. `held` includes keys that will be held. */
export const QUICK_FILTERS = ["expiring", "unused", "rotating", "held", "suspension-limit"] as const;
export type QuickFilter = (typeof QUICK_FILTERS)[number];
/** The columns by which the active keys can be sorted. */
export const SORTS = ["name", "owner", "created", "expires", "used"] as const;

/** How the list is sorted. */
export interface Sorting {
  by: (typeof SORTS)[number];
  isDescending: boolean;
}

/** Which keys to list, and in which order. */
export interface KeyFilter {
  owner: (typeof OWNERS)[number];
  state: (typeof STATES)[number];
  /** A part of a name, a mask or the beginning or end of one, or an ID. */
  search: string;
  /** What the active keys must all match. */
  quick: readonly QuickFilter[];
  sorting: Sorting;
}

/** All active keys, newest first. */
export const ALL_ACTIVE: KeyFilter = {
  owner: "all",
  state: "active",
  search: "",
  quick: [],
  sorting: { by: "created", isDescending: true },
};

/** The filter in an address. Invalid parts are omitted. */
export function filterFrom(query: URLSearchParams): KeyFilter {
  const quick = (query.get("show") ?? "").split(",");
  const by = SORTS.find((sort) => sort === query.get("sort"));
  return {
    owner: OWNERS.find((owner) => owner === query.get("owner")) ?? "all",
    state: STATES.find((state) => state === query.get("state")) ?? "active",
    search: query.get("search") ?? "",
    quick: QUICK_FILTERS.filter((filter) => quick.includes(filter)),
    sorting: by ? { by, isDescending: query.get("order") === "descending" } : ALL_ACTIVE.sorting,
  };
}

/** A filter as the query of an address. Default values are omitted. */
export function queryOf({ owner, state, search, quick, sorting }: KeyFilter): Record<string, string> {
  const { by, isDescending } = sorting;
  const isUsual = by === ALL_ACTIVE.sorting.by && isDescending === ALL_ACTIVE.sorting.isDescending;
  return {
    ...(owner !== "all" && { owner }),
    ...(state !== "active" && { state }),
    ...(search && { search }),
    ...(quick.length > 0 && { show: quick.join(",") }),
    ...(!isUsual && { sort: by, ...(isDescending && { order: "descending" }) }),
  };
}

/** Whether the filter shows fewer keys than all active ones. */
export function isNarrowed({ owner, state, search, quick }: KeyFilter): boolean {
  return owner !== "all" || state !== "active" || search !== "" || quick.length > 0;
}

/** The active keys that a filter matches, sorted. */
export function found(
  keys: readonly ApiKey[],
  filter: KeyFilter,
  { accountId, now }: { accountId: string; now: Date },
): ApiKey[] {
  return keys
    .filter((key) => filter.owner === "all" || key.createdBy.accountId === accountId)
    .filter((key) => matchesSearch(key, filter.search))
    .filter((key) => matchesQuick(attentionOf(key, now), filter.quick))
    .sort(comparing(filter.sorting));
}

/** How many of these keys match a quick filter. */
export function countOf(keys: readonly ApiKey[], quick: QuickFilter, now: Date): number {
  return keys.filter((key) => matchesQuick(attentionOf(key, now), [quick])).length;
}

function matchesQuick(attentions: readonly Attention[], quick: readonly QuickFilter[]): boolean {
  return quick.every(
    (filter) => attentions.includes(filter) || (filter === "held" && attentions.includes("will-be-held")),
  );
}

/** Whether a text names the key: by its name, its ID, or the mask of one of its secrets. */
export function matchesSearch(key: ApiKey, search: string): boolean {
  const text = search.trim();
  if (text === "") return true;
  const { name, keyId, mask, newSecret, oldSecret } = key;
  const masks = [mask, newSecret?.mask, oldSecret?.mask].filter((mask) => mask !== undefined);
  return (
    name.toLowerCase().includes(text.toLowerCase()) ||
    keyId === text.toUpperCase() ||
    // Upper and lower case are different characters of a key.
    masks.some((mask) => [mask, mask.slice(0, 4), mask.slice(-4)].includes(text.replace("...", "…")))
  );
}

function comparing({ by, isDescending }: Sorting): (a: ApiKey, b: ApiKey) => number {
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const value: Record<Sorting["by"], (key: ApiKey) => string> = {
    name: ({ name }) => name,
    owner: ({ createdBy }) => createdBy.email,
    created: ({ createdAt }) => createdAt,
    // What never expires comes after everything that does, and what was never used before everything that was.
    expires: ({ expiresAt }) => expiresAt ?? "9999",
    used: ({ lastUsedAt }) => lastUsedAt ?? "",
  };
  const compare = (a: ApiKey, b: ApiKey) =>
    // IDs sort by time of creation.
    collator.compare(value[by](a), value[by](b)) || (a.keyId < b.keyId ? -1 : 1);
  return isDescending ? (a, b) => compare(b, a) : compare;
}
