import { readSuspensions, SUSPENSIONS_MISTAKE } from "../api-keys/containment-draft";
import { readDays } from "../api-keys/expiry";
import { isImplied } from "../api-keys/scopes";
import type { KeyPolicy, NewKeyPolicy, Scope } from "../api/client";

/** The ranges of days that the API accepts. */
export const LIFETIME = { least: 1, most: 366 };
export const UNUSED = { least: 30, most: 366 };
export const GRACE = { least: 1, most: 90 };

/** The suspension limit that new companies have. */
const USUAL_LIMIT = 100;

/** The contents of the form. Numbers are as they were typed. */
export interface PolicyDraft {
  mustExpire: boolean;
  hasLongest: boolean;
  longestDays: string;
  holdsUnused: boolean;
  unusedDays: string;
  offersAll: boolean;
  scopes: string[];
  requiresNetworks: boolean;
  limitsSuspensions: boolean;
  suspensionsPerHour: string;
  graceDays: string;
  leakedKeys: KeyPolicy["leakedKeys"];
}

/** The form with a policy. What the policy doesn't demand has a usual value, in case somebody wants it. */
export function draftOf(policy: KeyPolicy, all: readonly Scope[]): PolicyDraft {
  const { mustExpire, longestLifetimeDays, unusedDays, scopes, suspensionsPerHour, graceDays } = policy;
  return {
    mustExpire: mustExpire || longestLifetimeDays !== undefined,
    hasLongest: longestLifetimeDays !== undefined,
    longestDays: String(longestLifetimeDays ?? 90),
    holdsUnused: unusedDays !== undefined,
    unusedDays: String(unusedDays ?? 90),
    offersAll: scopes === undefined,
    scopes: explicit(scopes ?? all.map(({ id }) => id)),
    requiresNetworks: policy.networksRequired,
    limitsSuspensions: suspensionsPerHour !== undefined,
    suspensionsPerHour: String(suspensionsPerHour ?? USUAL_LIMIT),
    graceDays: String(graceDays),
    leakedKeys: policy.leakedKeys,
  };
}

/** What is wrong with the form, by the API's names of the fields. */
export function mistakesIn(draft: PolicyDraft): Map<string, string> {
  const mistakes = new Map<string, string>();
  const check = (field: string, text: string, { least, most }: typeof GRACE) => {
    if (!readDays(text, least, most)) {
      mistakes.set(field, `Enter a whole number of days from ${least} to ${most}.`);
    }
  };
  if (draft.hasLongest) check("longestLifetimeDays", draft.longestDays, LIFETIME);
  if (draft.holdsUnused) check("unusedDays", draft.unusedDays, UNUSED);
  if (!draft.offersAll && draft.scopes.length === 0) mistakes.set("scopes", "Choose at least one API.");
  if (draft.limitsSuspensions && !readSuspensions(draft.suspensionsPerHour)) {
    mistakes.set("suspensionsPerHour", SUSPENSIONS_MISTAKE);
  }
  check("graceDays", draft.graceDays, GRACE);
  return mistakes;
}

/** The policy that the form describes. */
export function policyOf(draft: PolicyDraft): NewKeyPolicy {
  return {
    mustExpire: draft.mustExpire,
    ...(draft.hasLongest && { longestLifetimeDays: Number(draft.longestDays) }),
    ...(draft.holdsUnused && { unusedDays: Number(draft.unusedDays) }),
    ...(!draft.offersAll && { scopes: draft.scopes as NonNullable<KeyPolicy["scopes"]> }),
    networksRequired: draft.requiresNetworks,
    // Only an explicit `null` takes the limit away.
    suspensionsPerHour: draft.limitsSuspensions ? Number(draft.suspensionsPerHour) : null,
    graceDays: Number(draft.graceDays),
    leakedKeys: draft.leakedKeys,
  };
}

/** The scopes without those that others of them include. */
function explicit(scopes: readonly string[]): string[] {
  return scopes.filter((id) => !isImplied(scopes, id));
}
