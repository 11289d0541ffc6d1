import type { NetworksTrial } from "../api/client";
import { listed, type Words, words } from "../common/outside";
import { plural } from "../common/plural";

/** The maximum number of networks that a sentence names. The table has all of them. */
const NAMED = 3;

type Outcome = NetworksTrial["networks"][number]["outcome"];

/** What a list of networks would have refused, or, if it is enforced already, what came from elsewhere. */
export function trialSentences(trial: NetworksTrial, isEnforced: boolean): Words[] {
  const { requests, refused, undecided } = trial;
  if (requests === 0) {
    return [words`No request with the key was counted in the last 30 days.`];
  }
  const of = [`${refused.toLocaleString("en")} of ${plural(requests, "request")} in the last 30 days`];
  const from = refused > 0 ? words`, from ${named(trial, "refused")}` : [];
  const sentences = [
    isEnforced
      ? words`${of} came from outside this list${from}.`
      : words`This list would have refused ${of}${from}.`,
  ];
  if (undecided > 0) sentences.push(...undecidedSentences(trial));
  return sentences;
}

/** Says for how many requests nobody can tell, and why. */
function undecidedSentences(trial: NetworksTrial): Words[] {
  const { undecided, networks } = trial;
  const kept = networks.filter(({ outcome }) => outcome === "undecided");
  const count = [plural(undecided, "request")];
  const sentences: Words[] = [];
  if (kept.length === 0) {
    return [
      words`For ${count}, this page can't tell, because the networks that they came from were not kept.`,
    ];
  }
  sentences.push(
    words`For ${count}, this page can't tell, because only whole networks are kept (/24 of IPv4, /48 of IPv6) and a range on the list is narrower: ${named(trial, "undecided")}.`,
  );
  return sentences;
}

/** The networks with this outcome. */
function named({ networks }: NetworksTrial, outcome: Outcome): Words {
  const names = networks.filter((tried) => tried.outcome === outcome).map(({ network }) => network);
  const more = names.length - NAMED;
  return [...listed(names.slice(0, NAMED)), ...(more > 0 ? [` and ${plural(more, "more network")}`] : [])];
}
