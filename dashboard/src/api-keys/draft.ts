import type { KeyPolicy } from "../api/client";
import {
  type ContainmentDraft,
  limitDraftOf,
  limitMistake,
  networksDraftOf,
  networksMistake,
} from "./containment-draft";
import { allowedExpiries, type ExpiryChoice, type ExpiryDraft, readDays } from "./expiry";
import { expiryMistake } from "./expiry-field";
import { offered } from "./scopes";

/** What forms contain about a key. */
export interface KeyFieldsDraft extends ExpiryDraft {
  name: string;
  note: string;
  scopes: string[];
  rotatesItself: boolean;
  /** The number of days after which the secrets that the key makes expire, as it was typed. */
  lifetimeDays: string;
}

/** The properties of a new key that were entered so far. */
export interface CreateDraft extends KeyFieldsDraft, ContainmentDraft {
  /** The latest request, which can be repeated safely. */
  attempt?: { body: string; idempotencyKey: string };
  /** Whether that request may have created a key although no response arrived. */
  unknown: boolean;
}

/** The scope that most keys need. */
const PRESELECTED = "deprovisioning";

/** The number of days that secrets live which a key makes, if the administrator changes nothing. */
const USUAL_LIFETIME = 90;

export function emptyDraft(policy: KeyPolicy | undefined): CreateDraft {
  const preselected = { id: PRESELECTED, title: "", description: "" };
  return {
    name: "",
    note: "",
    scopes: offered([preselected], policy).offered.map(({ id }) => id),
    expiryId: allowedExpiries(policy)[0]?.id ?? "",
    date: "",
    rotatesItself: false,
    lifetimeDays: usualLifetime(policy),
    ...networksDraftOf(undefined, policy),
    ...limitDraftOf("policy", policy?.suspensionsPerHour),
    unknown: false,
  };
}

/** How long the secrets live that a key makes, unless the administrator changes it. */
export function usualLifetime(policy: KeyPolicy | undefined): string {
  return String(Math.min(USUAL_LIFETIME, policy?.longestLifetimeDays ?? USUAL_LIFETIME));
}

/** What is wrong with what was entered, by the API's names of the fields. */
export function mistakesIn(
  { name, scopes, rotatesItself, lifetimeDays, ...expiry }: KeyFieldsDraft,
  choices: readonly ExpiryChoice[],
  longest: number,
): Map<string, string> {
  const mistakes = new Map<string, string>();
  if (!name.trim()) mistakes.set("name", "Enter a name that says what uses the key.");
  if (scopes.length === 0) mistakes.set("scopes", "Choose at least one API.");
  const expiryWrong = expiryMistake(expiry, choices, longest);
  if (expiryWrong) mistakes.set("expiresAt", expiryWrong);
  if (rotatesItself && !readDays(lifetimeDays, 1, longest)) {
    mistakes.set("selfRotation", `Enter a whole number of days from 1 to ${longest}.`);
  }
  return mistakes;
}

/** What is wrong with how the form contains the key, by the API's names of the fields. */
export function containmentMistakes(draft: ContainmentDraft): Map<string, string> {
  const mistakes = new Map([
    ["networks", networksMistake(draft)],
    ["suspensionLimit", limitMistake(draft)],
  ]);
  return new Map([...mistakes].filter(([, mistake]) => mistake));
}
