import type { ApiKey, KeyChanges, KeyPolicy, Scope } from "../api/client";
import { type KeyFieldsDraft, usualLifetime } from "./draft";
import { allowedExpiries, chosenExpiry, type ExpiryChoice, expiresAt, readDays } from "./expiry";
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

/** The choices for the key's expiry, first the one that changes nothing. */
export function editedExpiries({ expiresAt }: ApiKey, policy: KeyPolicy | undefined): ExpiryChoice[] {
  const note = expiresAt ? "" : "Until it is revoked.";
  const unchanged = { id: "unchanged", label: "As it is now", expiry: "as-before", note } as const;
  const allowed = allowedExpiries(policy).map((choice) =>
    typeof choice.expiry === "object" && "days" in choice.expiry
      ? { ...choice, label: `${choice.label} from now` }
      : choice,
  );
  return [unchanged, ...allowed];
}

/** What the form changes. Empty if nothing. */
export function changesOf(draft: EditDraft, policy: KeyPolicy | undefined, now: Date): KeyChanges {
  const { apiKey } = draft;
  const name = draft.name.trim();
  const note = draft.note.trim();
  const expiry = chosenExpiry(editedExpiries(apiKey, policy), draft);
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
