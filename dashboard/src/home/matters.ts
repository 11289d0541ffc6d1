import { attentionOf, isHeld, isOwnerSuspended, UNUSED_DAYS } from "../api-keys/attention";
import { HOLD_TEXTS, isChangeable } from "../api-keys/hold";
import { type AddressedStep, isPossible, keyPlace } from "../api-keys/key-place";
import { isLimitReached, nextHour, startOfHour } from "../api-keys/limit-state";
import { recentlyLimited } from "../api-keys/limited";
import { rotationOf } from "../api-keys/rotation";
import type { ApiKey, HoldReason } from "../api/client";
import { outside, type Words, words } from "../common/outside";
import { undoPlace } from "../undo/place";

const DAY = 24 * 60 * 60 * 1000;
/** A key that expires within this number of days comes before what is less urgent. */
const URGENT_DAYS = 7;

/** What can be the matter with a key, the most urgent first. */
export const KINDS = [
  "leaked",
  "not-fully-revoked",
  "exposed",
  "suspension-limit",
  "leaked-and-revoked",
  "held",
  "expired",
  "used-after-end",
  "expires-soon",
  "will-be-held",
  "owner-suspended",
  "limited",
  "expires",
  "old-secret-in-use",
  "new-secret-unused",
  "unused",
] as const;
export type MatterKind = (typeof KINDS)[number];

/** Something that is the matter with a key. */
export interface Matter {
  kind: MatterKind;
  /** What is the matter, as sentences. */
  text: Words;
  /** Since when it is so, until when it lasts, from when it will be so, or when it happens or last happened. */
  when?: { word: "Since" | "Until" | "From" | "On" | "Last"; at: string };
  /** The one step that mends it, or the place that tells more if nothing mends it alone. */
  step: { text: string; place: string };
}

/** What is the matter with an active key, according to the key itself, in any order. */
export function mattersOf(key: ApiKey, now: Date): Matter[] {
  if (key.revocationBeganAt && !key.revokedAt) return [notFullyRevoked(key, key.revocationBeganAt)];
  // This also leaves out keys that have expired since the list was read.
  if (!isChangeable(key, now)) return [];
  return CHECKS.flatMap((check) => check(key, now) ?? []);
}

/** What is the matter with a key that has expired. */
export function expiredMatter(key: ApiKey): Matter {
  return {
    kind: "expired",
    text: words`The key has expired. Requests with it are refused.`,
    ...(key.expiresAt && { when: { word: "Since", at: key.expiresAt } }),
    step: { text: "Create replacement", place: keyPlace(key.keyId, "replace") },
  };
}

/** The link to the first of these steps that is possible, or to the key's page. */
export function stepOf(key: ApiKey, now: Date, ...steps: AddressedStep[]): Matter["step"] {
  // Only companies on the Enterprise plan see what needs attention.
  const step = steps.find((step) => isPossible(step, key, true, now));
  return { text: step ? STEP_TEXTS[step] : "See key", place: keyPlace(key.keyId, step) };
}

const STEP_TEXTS: Record<AddressedStep, string> = {
  rotate: "Rotate",
  complete: "Complete rotation",
  edit: "Edit",
  networks: "Edit networks",
  release: "Release",
  revoke: "Revoke",
  replace: "Create replacement",
};

type Check = (key: ApiKey, now: Date) => Matter | undefined;

const CHECKS: readonly Check[] = [
  leaked,
  limitReached,
  held,
  expires,
  ownerSuspended,
  limited,
  rotating,
  unused,
];

function notFullyRevoked(key: ApiKey, began: string): Matter {
  return {
    kind: "not-fully-revoked",
    text: words`A revocation was broken off. Revoke the key again to complete it.`,
    when: { word: "Since", at: began },
    step: { text: "Revoke", place: keyPlace(key.keyId, "revoke") },
  };
}

function leaked(key: ApiKey, now: Date): Matter | undefined {
  if (!key.leakReportedAt) return undefined;
  return {
    kind: "leaked",
    text: isHeld(key, now)
      ? words`GitHub found the key in public.`
      : words`GitHub found the key in public, and the key still works.`,
    when: { word: "Since", at: key.leakReportedAt },
    step: stepOf(key, now, "revoke"),
  };
}

function limitReached(key: ApiKey, now: Date): Matter | undefined {
  const { suspensionLimitReachedAt: at } = key;
  if (!at || !isLimitReached(key, now)) return undefined;
  return {
    kind: "suspension-limit",
    text: words`The key reached its suspension limit. Its requests to suspend accounts are refused.`,
    when: { word: "Until", at: nextHour(now).toISOString() },
    // An administrator must know this to decide whether to release the key or to undo what it did.
    step: {
      text: "See what it suspended",
      place: undoPlace(key.keyId, startOfHour(new Date(at)).toISOString()),
    },
  };
}

function held(key: ApiKey, now: Date): Matter | undefined {
  const { hold } = key;
  if (!hold) return undefined;
  const isNow = isHeld(key, now);
  const reason = hold.reasons.find(({ from }) => new Date(from) <= now) ?? hold.reasons[0];
  // The API may have a reason that this version of the page doesn't know.
  const texts = reason && (HOLD_TEXTS as Partial<typeof HOLD_TEXTS>)[reason.reason];
  const why = [texts?.why ?? "The key policy holds the key."];
  const steps = (reason && (HOLD_STEPS as Partial<typeof HOLD_STEPS>)[reason.reason]) ?? [];
  return {
    kind: isNow ? "held" : "will-be-held",
    text: isNow
      ? words`The key is held, so requests with it are refused. ${why}`
      : words`The key will be held. ${why}`,
    when: { word: isNow ? "Since" : "From", at: hold.from },
    step: stepOf(key, now, ...steps),
  };
}

/** The steps that end a hold, the usual one first. */
const HOLD_STEPS: Record<HoldReason["reason"], readonly AddressedStep[]> = {
  administrator: ["release"],
  unused: ["release"],
  expiry: ["rotate", "edit"],
  lifetime: ["rotate", "edit"],
  scopes: ["edit"],
  networks: ["networks"],
};

function expires(key: ApiKey, now: Date): Matter | undefined {
  if (!attentionOf(key, now).includes("expiring")) return undefined;
  const ends = [key.expiresAt, key.newSecret?.expiresAt].filter((end) => end !== undefined);
  // The key lives as long as its last secret.
  const at = ends.sort().at(-1) ?? "";
  const isSoon = new Date(at).getTime() - now.getTime() <= URGENT_DAYS * DAY;
  return {
    kind: isSoon ? "expires-soon" : "expires",
    text: words`The key expires.`,
    when: { word: "On", at },
    // A secret that waits for its use was made for this.
    step: key.newSecret ? stepOf(key, now) : stepOf(key, now, "rotate"),
  };
}

function ownerSuspended(key: ApiKey, now: Date): Matter | undefined {
  if (!isOwnerSuspended(key)) return undefined;
  const works = isHeld(key, now) ? [] : words` The key still works.`;
  return {
    kind: "owner-suspended",
    text: words`The account of the key's owner, ${outside(key.createdBy.email)}, is suspended.${works}`,
    step: stepOf(key, now),
  };
}

function limited(key: ApiKey, now: Date): Matter | undefined {
  const limited = recentlyLimited(key, now);
  return (
    limited && {
      kind: "limited",
      text: words`Requests with the key were refused. ${[limited.reason]}.`,
      when: { word: "Last", at: limited.at },
      step: stepOf(key, now),
    }
  );
}

function rotating(key: ApiKey, now: Date): Matter | undefined {
  const rotation = rotationOf(key, now);
  if (!rotation) return undefined;
  const when = { word: "Until", at: rotation.endsAt } as const;
  if (rotation.kind === "waiting") {
    const text = words`Nobody has used the key's new secret. Put it in place.`;
    return { kind: "new-secret-unused", text, when, step: stepOf(key, now) };
  }
  // An old secret that nobody uses may end.
  if (!key.oldSecret?.lastUsedAt) return undefined;
  const text = words`The key's old secret is still used. Put the new one in place.`;
  return { kind: "old-secret-in-use", text, when, step: stepOf(key, now) };
}

function unused(key: ApiKey, now: Date): Matter | undefined {
  if (!attentionOf(key, now).includes("unused")) return undefined;
  return {
    kind: "unused",
    text: key.lastUsedAt
      ? words`Nobody has used the key for ${[String(UNUSED_DAYS)]} days.`
      : words`Nobody has ever used the key.`,
    when: { word: "Since", at: key.lastUsedAt ?? key.createdAt },
    step: stepOf(key, now, "revoke"),
  };
}
