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
const told = (trial: NetworksTrial, isEnforced = false) => trialSentences(trial, isEnforced).map(plain);

test("the sentence says how many requests would have been refused, and from where", () => {
  const trial = {
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
  expect(told({ requests: 5, refused: 5, undecided: 0, networks })).toEqual([
    "This list would have refused 5 of 5 requests in the last 30 days, from 203.0.0.0/24, 203.0.1.0/24, 203.0.2.0/24 and 2 more networks.",
  ]);
});

test("nobody can tell about ranges that are narrower than what is kept, or about networks that are not kept", () => {
  const networks = [network("203.0.113.0/24", 4, "undecided")];
  expect(told({ requests: 9, refused: 0, undecided: 4, networks })).toEqual([
    "This list would have refused 0 of 9 requests in the last 30 days.",
    "For 4 requests, this page can't tell, because only whole networks are kept (/24 of IPv4, /48 of IPv6) and a range on the list is narrower: 203.0.113.0/24.",
  ]);
  expect(told({ requests: 9, refused: 0, undecided: 1, networks: [] })[1]).toBe(
    "For 1 request, this page can't tell, because the networks that they came from were not kept.",
  );
});

test("without requests, nothing is claimed", () => {
  expect(told({ requests: 0, refused: 0, undecided: 0, networks: [] })).toEqual([
    "No request with the key was counted in the last 30 days.",
  ]);
});
