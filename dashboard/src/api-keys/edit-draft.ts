import type { ApiKey, KeyChanges, KeyPolicy, Scope } from "../api/client";
import { type KeyFieldsDraft, usualLifetime } from "./draft";
import {
  allowedExpiries,
  chosenExpiry,
  type ExpiryChoice,
  expiresAt,
  latestExpiry,
  readDays,
} from "./expiry";
import { areSame, covers } from "./scopes";

/** The contents of the form that edits a key. */
export interface EditDraft extends KeyFieldsDraft {
  apiKey: ApiKey;
}

/** The form with the key as it is, or with these scopes instead of the key's. */
export function draftOf(
  apiKey: ApiKey,
  policy: KeyPolicy | undefined,
  scopes: readonly string[] = apiKey.scopes,
): EditDraft {
  const { name, note = "", selfRotation } = apiKey;
  return {
    apiKey,
    name,
    note,
    scopes: [...scopes],
    expiryId: "unchanged",
    date: "",
    rotatesItself: selfRotation !== undefined,
    lifetimeDays: selfRotation ? String(selfRotation.lifetimeDays) : usualLifetime(policy),
  };
}

/** The scopes that a key can keep: its own, and the read-only ones that they include. */
export function keepable({ scopes }: ApiKey, all: readonly Scope[]): Scope[] {
  const known = all.filter(({ id }) => covers(scopes, id));
  const unknown = scopes.filter((id) => !known.some((scope) => scope.id === id));
  return [...known, ...unknown.map((id) => ({ id, title: id, description: "" }))];
}

/**
 * The choices for the key's expiry, first the one that changes nothing. The policy counts from the time at which the secret
 * was made, so choices that count from now may be too late.
 */
export function editedExpiries(apiKey: ApiKey, policy: KeyPolicy | undefined, now: Date): ExpiryChoice[] {
  const note = apiKey.expiresAt ? "" : "Until it is revoked.";
  const unchanged = { id: "unchanged", label: "As it is now", expiry: "as-before", note } as const;
  const latest = latestExpiry(apiKey, policy, now);
  const allowed = allowedExpiries(policy).flatMap((choice) => {
    const end = expiresAt(choice.expiry, now);
    if (typeof choice.expiry !== "object" || !("days" in choice.expiry) || !end) return [choice];
    const isTooLate = choice.expiry.days === policy?.longestLifetimeDays || (latest && end > latest);
    return isTooLate ? [] : [{ ...choice, label: `${choice.label} from now` }];
  });
  if (!latest) return [unchanged, ...allowed];
  const label = "As late as the key policy allows";
  return [unchanged, { id: "latest", label, expiry: { at: latest.toISOString() } }, ...allowed];
}

/** What the form changes. Empty if nothing. */
export function changesOf(draft: EditDraft, policy: KeyPolicy | undefined, now: Date): KeyChanges {
  const { apiKey } = draft;
  const name = draft.name.trim();
  const note = draft.note.trim();
  const expiry = chosenExpiry(editedExpiries(apiKey, policy, now), draft);
  const end = expiresAt(expiry, now);
  const lifetimeDays = draft.rotatesItself ? readDays(draft.lifetimeDays) : undefined;
  const scopes = draft.scopes as ApiKey["scopes"];
  return {
    ...(name !== apiKey.name && { name }),
    ...(note !== (apiKey.note ?? "") && { note: note || null }),
    ...(!areSame(scopes, apiKey.scopes) && { scopes }),
    ...(expiry === "never" && apiKey.expiresAt && { expiresAt: null }),
    ...(end && { expiresAt: end.toISOString() }),
    ...(lifetimeDays !== apiKey.selfRotation?.lifetimeDays && {
      selfRotation: lifetimeDays ? { lifetimeDays } : null,
    }),
  };
}
