import type { KeyPolicy } from "../api/client";
import { quoted, type Words, words } from "../common/outside";
import { plural } from "../common/plural";

/** What a key policy demands, as sentences. `title` names a scope. */
export function policySentences(policy: KeyPolicy, title: (scope: string) => string): Words[] {
  const { mustExpire, longestLifetimeDays, unusedDays, scopes, graceDays } = policy;
  const days = (count: number) => [plural(count, "day")];
  const demands: Words[] = [];
  if (longestLifetimeDays) {
    demands.push(words`Keys must expire, and a secret lives at most ${days(longestLifetimeDays)}.`);
  } else if (mustExpire) {
    demands.push(words`Keys must expire.`);
  }
  if (unusedDays) demands.push(words`A key is held when nobody has used it for ${days(unusedDays)}.`);
  if (scopes) demands.push(words`Keys can call only ${quoted(scopes.map(title))}.`);
  if (demands.length === 0) return [words`It demands nothing of keys.`];
  return [...demands, words`Keys that break a new rule are held after ${days(graceDays)}.`];
}
