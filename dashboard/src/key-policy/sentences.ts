import type { KeyPolicy } from "../api/client";
import { quoted, type Words, words } from "../common/outside";
import { plural } from "../common/plural";

/** What a key policy demands, as sentences. `title` names a scope. */
export function policySentences(policy: KeyPolicy, title: (scope: string) => string): Words[] {
  const { mustExpire, longestLifetimeDays, unusedDays, scopes, networksRequired, graceDays } = policy;
  const days = (count: number) => [plural(count, "day")];
  const demands: Words[] = [];
  if (longestLifetimeDays) {
    demands.push(words`Keys must expire, and a secret lives at most ${days(longestLifetimeDays)}.`);
  } else if (mustExpire) {
    demands.push(words`Keys must expire.`);
  }
  if (unusedDays) demands.push(words`A key is held when nobody has used it for ${days(unusedDays)}.`);
  if (scopes) demands.push(words`Keys can call only ${quoted(scopes.map(title))}.`);
  if (networksRequired) demands.push(words`Keys can be used only from the networks on a list of their own.`);
  const others = [...limitSentences(policy), ...leakSentences(policy)];
  if (demands.length === 0) return [words`It demands nothing of keys.`, ...others];
  return [...demands, words`Keys that break a new rule are held after ${days(graceDays)}.`, ...others];
}

/** What happens to a key that GitHub reports. Whatever else somebody finds and reports is revoked in any case. */
function leakSentences({ leakedKeys }: KeyPolicy): Words[] {
  switch (leakedKeys) {
    case "revoke":
      return [words`A key that GitHub finds in public is revoked.`];
    case "alert":
      return [words`A key that GitHub finds in public is not revoked. The dashboard shows an alert.`];
    default:
      // The API may have a choice that this version of the page doesn't know.
      return [];
  }
}

/** How many accounts keys can suspend. The limit holds no keys, so the days of grace don't apply to it. */
function limitSentences({ suspensionsPerHour }: KeyPolicy): Words[] {
  if (!suspensionsPerHour) return [];
  const accounts = [plural(suspensionsPerHour, "account")];
  return [words`A key without a limit of its own can suspend at most ${accounts} in an hour.`];
}
