import type { ApiKey, KeyPolicy } from "../api/client";
import { MOST_RANGES, rangesMistake, readRanges } from "./ranges";

/** A key's list of networks. */
export type Networks = NonNullable<ApiKey["networks"]>;
/** How many accounts a key can suspend in an hour: as the key policy says, a number of its own, or no limit. */
export type SuspensionLimit = ApiKey["suspensionLimit"];

/** The range of numbers that the API accepts as a limit. */
export const SUSPENSIONS = { least: 1, most: 1000 };

/** What a form contains about a key's networks. */
export interface NetworksDraft {
  networkUse: "any" | Networks["mode"];
  /** The ranges, as they were typed. */
  ranges: string;
}

/** What a form contains about a key's suspension limit. */
export interface LimitDraft {
  limitChoice: "policy" | "own" | "unlimited";
  /** The key's own number, as it was typed. */
  ownLimit: string;
}

/** What a form contains about how much harm a key can do. */
export type ContainmentDraft = NetworksDraft & LimitDraft;

/** The form with a key's networks, and with a range that is added to them. */
export function networksDraftOf(
  networks: Networks | undefined,
  policy: KeyPolicy | undefined,
  added?: string,
): NetworksDraft {
  const ranges = [...(networks?.ranges ?? []), ...(added ? [added] : [])];
  const usual = added ? "report" : "any";
  return {
    networkUse: policy?.networksRequired ? "enforce" : (networks?.mode ?? usual),
    ranges: ranges.join("\n"),
  };
}

/** The networks that the form describes. Undefined for none. */
export function networksOf({ networkUse, ranges }: NetworksDraft): Networks | undefined {
  return networkUse === "any" ? undefined : { mode: networkUse, ranges: readRanges(ranges).ranges };
}

/** What is wrong with the form's networks. Empty if nothing. */
export function networksMistake({ networkUse, ranges }: NetworksDraft): string {
  return networkUse === "any" ? "" : rangesMistake(readRanges(ranges));
}

/** The ranges of the form, and one more on a line of its own. */
export function withRange(ranges: string, added: string): string {
  const kept = ranges.trimEnd();
  return kept === "" ? added : `${kept}\n${added}`;
}

/** Whether a list has room for one more range. */
export function hasRoom(ranges: string): boolean {
  return readRanges(ranges).ranges.length < MOST_RANGES;
}

/** Whether both are the same list. The order and repetitions don't matter. */
export function areSameNetworks(a: Networks | undefined, b: Networks | undefined): boolean {
  const key = (networks: Networks | undefined) =>
    networks &&
    `${networks.mode} ${[...new Set(networks.ranges.map((range) => range.toLowerCase()))].sort().join(" ")}`;
  return key(a) === key(b);
}

/** The form with a key's suspension limit. */
export function limitDraftOf(limit: SuspensionLimit, usual: number | undefined): LimitDraft {
  return {
    limitChoice: typeof limit === "number" ? "own" : limit,
    ownLimit: String(typeof limit === "number" ? limit : (usual ?? 100)),
  };
}

/** The suspension limit that the form describes. */
export function limitOf({ limitChoice, ownLimit }: LimitDraft): SuspensionLimit {
  return limitChoice === "own" ? Number(ownLimit) : limitChoice;
}

/** What is wrong with the form's suspension limit. Empty if nothing. */
export function limitMistake({ limitChoice, ownLimit }: LimitDraft): string {
  return limitChoice === "own" && !readSuspensions(ownLimit) ? SUSPENSIONS_MISTAKE : "";
}

export const SUSPENSIONS_MISTAKE = "Enter a whole number of accounts from 1 to 1,000.";

/** The number of accounts in a text. Undefined if it can't be a limit. */
export function readSuspensions(text: string): number | undefined {
  const number = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return number >= SUSPENSIONS.least && number <= SUSPENSIONS.most ? number : undefined;
}

/** The number that applies to a key with this limit. Undefined for none. */
export function applying(limit: SuspensionLimit, policy: KeyPolicy | undefined): number | undefined {
  if (limit === "policy") return policy?.suspensionsPerHour;
  return limit === "unlimited" ? undefined : limit;
}
