import type { NetworksTrial } from "../api/client";
import { dayInWords } from "../common/day";
import { listed, type Words, words } from "../common/outside";
import { plural } from "../common/plural";

/** The maximum number of networks that a sentence names. The table has all of them. */
const NAMED = 3;
/** The maximum number of networks that a trial has. */
const MOST_NETWORKS = 64;
/** The number of days for which requests are counted. */
const COUNTED_DAYS = 30;
const DAY = 24 * 60 * 60 * 1000;

type Outcome = NetworksTrial["networks"][number]["outcome"];

/** The day on which somebody reads a trial, and the locale in which they read days. */
export interface Reading {
  now: Date;
  locale: string;
}

/** What a list of networks would have refused, or, if it is enforced already, what came from elsewhere. */
export function trialSentences(trial: NetworksTrial, isEnforced: boolean, reading: Reading): Words[] {
  const { requests, refused, undecided } = trial;
  const period = periodOf(trial.since, reading);
  if (requests === 0) {
    return [
      words`No request with the key was counted ${[period]}.`,
      isEnforced
        ? words`So this page can't tell whether the list refuses anything that you need.`
        : words`So this page can't tell what the list would refuse.`,
    ];
  }
  const of = [`${refused.toLocaleString("en")} of ${plural(requests, "request")} ${period}`];
  const from = refused > 0 ? words`, from ${named(trial, "refused")}` : [];
  const sentences = [
    isEnforced
      ? words`${of} came from outside this list${from}.`
      : words`This list would have refused ${of}${from}.`,
  ];
  if (undecided > 0) sentences.push(undecidedSentence(trial));
  return sentences;
}

/** `in the last 30 days`, or `since 27 November 2026` if requests have been counted for less than that. */
export function periodOf(since: string, { now, locale }: Reading): string {
  // Days are in UTC, and today is one of the 30.
  const first = new Date(now.getTime() - (COUNTED_DAYS - 1) * DAY).toISOString().slice(0, 10);
  return since > first ? `since ${dayInWords(since, locale)}` : `in the last ${COUNTED_DAYS} days`;
}

/** Says for how many requests nobody can tell, and why. */
function undecidedSentence(trial: NetworksTrial): Words {
  const { undecided, networks } = trial;
  const partly = networks.filter(({ outcome }) => outcome === "undecided");
  const narrow = partly.reduce((sum, { requests }) => sum + requests, 0);
  const rest = undecided - narrow;
  // The trial names the networks that would be refused first. If it has no room for all, the cause of the rest is open.
  const isCut = networks.length >= MOST_NETWORKS;
  const count = [plural(undecided, "request")];
  if (partly.length === 0) {
    return isCut
      ? words`For ${count}, this page can't tell, because the networks that they came from were not kept, or are on the list only in part.`
      : words`For ${count}, this page can't tell, because the networks that they came from were not kept.`;
  }
  const narrowly = words`only whole networks are kept (/24 of IPv4, /48 of IPv6) and a range on the list is narrower: ${named(trial, "undecided")}`;
  if (rest <= 0) return words`For ${count}, this page can't tell, because ${narrowly}.`;
  const others = [rest.toLocaleString("en")];
  return isCut
    ? words`For ${count}, this page can't tell: for ${[narrow.toLocaleString("en")]}, because ${narrowly}. For ${others}, because the networks that they came from were not kept, or are on the list only in part.`
    : words`For ${count}, this page can't tell: for ${[narrow.toLocaleString("en")]}, because ${narrowly}. For ${others}, because the networks that they came from were not kept.`;
}

/** The networks with this outcome. */
function named({ networks }: NetworksTrial, outcome: Outcome): Words {
  const names = networks.filter((tried) => tried.outcome === outcome).map(({ network }) => network);
  const more = names.length - NAMED;
  return [...listed(names.slice(0, NAMED)), ...(more > 0 ? [` and ${plural(more, "more network")}`] : [])];
}
