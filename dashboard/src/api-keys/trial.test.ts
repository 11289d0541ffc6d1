import { expect, test } from "vitest";
import type { NetworksTrial } from "../api/client";
import { plain } from "../common/outside";
import { trialSentences } from "./trial";

type Outcome = NetworksTrial["networks"][number]["outcome"];

const network = (network: string, requests: number, outcome: Outcome) => ({
  network,
  requests,
  lastSeenOn: "2026-06-14",
  outcome,
});
const reading = { now: new Date("2026-06-15T10:00:00Z"), locale: "en" };
/** The first of 30 days, of which 15 June is the last. */
const since = "2026-05-17";
const told = (trial: NetworksTrial, isEnforced = false) =>
  trialSentences(trial, isEnforced, reading).map(plain);

test("the sentence says how many requests would have been refused, and from where", () => {
  const trial = {
    since,
    requests: 1412,
    refused: 3,
    undecided: 0,
    networks: [network("198.51.100.0/24", 1409, "admitted"), network("203.0.113.0/24", 3, "refused")],
  };
  expect(told(trial)).toEqual([
    "This list would have refused 3 of 1,412 requests in the last 30 days, from 203.0.113.0/24.",
  ]);
  expect(told(trial, true)).toEqual([
    "3 of 1,412 requests in the last 30 days came from outside this list, from 203.0.113.0/24.",
  ]);
});

test("more than three networks are counted", () => {
  const networks = Array.from({ length: 5 }, (_, i) => network(`203.0.${i}.0/24`, 1, "refused"));
  expect(told({ since, requests: 5, refused: 5, undecided: 0, networks })).toEqual([
    "This list would have refused 5 of 5 requests in the last 30 days, from 203.0.0.0/24, 203.0.1.0/24, 203.0.2.0/24 and 2 more networks.",
  ]);
});

test("nobody can tell about ranges that are narrower than what is kept, or about networks that are not kept", () => {
  const networks = [network("203.0.113.0/24", 4, "undecided")];
  expect(told({ since, requests: 9, refused: 0, undecided: 4, networks })).toEqual([
    "This list would have refused 0 of 9 requests in the last 30 days.",
    "For 4 requests, this page can't tell, because only whole networks are kept (/24 of IPv4, /48 of IPv6) and a range on the list is narrower: 203.0.113.0/24.",
  ]);
  expect(told({ since, requests: 9, refused: 0, undecided: 1, networks: [] })[1]).toBe(
    "For 1 request, this page can't tell, because the networks that they came from were not kept.",
  );
});

test("both causes are named if both occur, with their numbers", () => {
  const networks = [network("203.0.113.0/24", 4, "undecided"), network("198.51.100.0/24", 3, "admitted")];
  expect(told({ since, requests: 12, refused: 0, undecided: 9, networks })[1]).toBe(
    "For 9 requests, this page can't tell: for 4, because only whole networks are kept (/24 of IPv4, /48 of IPv6) and a range on the list is narrower: 203.0.113.0/24. For 5, because the networks that they came from were not kept.",
  );
});

test("if the trial can't name all networks, the cause of the rest is not claimed", () => {
  const refused = Array.from({ length: 64 }, (_, i) => network(`203.0.${i}.0/24`, 1, "refused"));
  expect(told({ since, requests: 70, refused: 64, undecided: 6, networks: refused })[1]).toBe(
    "For 6 requests, this page can't tell, because the networks that they came from were not kept, or are on the list only in part.",
  );
  const networks = [...refused.slice(1), network("198.51.100.0/24", 2, "undecided")];
  expect(told({ since, requests: 70, refused: 63, undecided: 6, networks })[1]).toContain(
    "For 4, because the networks that they came from were not kept, or are on the list only in part.",
  );
});

test("if requests have been counted for less than 30 days, the sentence says since when", () => {
  const trial = {
    requests: 4,
    refused: 0,
    undecided: 0,
    networks: [network("203.0.113.0/24", 4, "admitted")],
  };
  expect(told({ ...trial, since: "2026-05-18" })).toEqual([
    "This list would have refused 0 of 4 requests since May 18, 2026.",
  ]);
  // A response from just before midnight begins a day earlier.
  expect(told({ ...trial, since: "2026-05-16" })).toEqual([
    "This list would have refused 0 of 4 requests in the last 30 days.",
  ]);
});

test("without requests, nothing is claimed", () => {
  const none = { requests: 0, refused: 0, undecided: 0, networks: [] };
  expect(told({ ...none, since })).toEqual([
    "No request with the key was counted in the last 30 days.",
    "So this page can't tell what the list would refuse.",
  ]);
  expect(told({ ...none, since: "2026-06-15" }, true)).toEqual([
    "No request with the key was counted since June 15, 2026.",
    "So this page can't tell whether the list refuses anything that you need.",
  ]);
});
