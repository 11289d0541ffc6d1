import type { ApiKey, HoldReason } from "../api/client";
import { isHeld } from "./attention";
import { keyState } from "./key-state";

type Reason = HoldReason["reason"];

/** Why a key is held or will be held, and what to do about it. */
export const HOLD_TEXTS: Record<Reason, { why: string; step: string }> = {
  administrator: {
    why: "An administrator put the key on hold.",
    step: "Release the key when it may be used again.",
  },
  expiry: {
    why: "The key policy demands that keys expire, and this key doesn't.",
    step: "Rotate the key, or edit it and choose when it expires.",
  },
  lifetime: {
    why: "The key's secret lives longer than the key policy allows.",
    step: "Rotate the key, or edit it and choose an earlier expiry.",
  },
  scopes: {
    why: "The key works for an API that the key policy doesn't offer.",
    step: "Edit the key and take this API away, or revoke the key.",
  },
  networks: {
    why: "The key policy demands a list of networks that is enforced, and this key has none.",
    step: "Edit the key's networks.",
  },
  unused: {
    why: "Nobody uses the key.",
    step: "If the key is still needed, use it before this time, or release it afterwards. Otherwise revoke it.",
  },
};

/** Whether releasing the key ends something that holds it now. */
export function canRelease(key: ApiKey, now: Date): boolean {
  const reasons = key.hold?.reasons ?? [];
  const isNow = ({ from }: HoldReason) => new Date(from) <= now;
  if (!isChangeable(key, now)) return false;
  if (reasons.some(({ reason }) => reason === "administrator")) return true;
  // What else the policy demands, only an edit, a rotation or another policy can meet.
  return reasons.some(isNow) && reasons.filter(isNow).every(({ reason }) => reason === "unused");
}

/** Whether an administrator can put the key on hold. */
export function canHold(key: ApiKey, now: Date): boolean {
  const isHeldByHand = key.hold?.reasons.some(({ reason }) => reason === "administrator") === true;
  return isChangeable(key, now) && !isHeldByHand;
}

/** Whether the key is held for something that a new secret wouldn't end. */
export function isKeptFromRotating(key: ApiKey, now: Date): boolean {
  const reasons = key.hold?.reasons ?? [];
  return reasons.some(
    ({ reason, from }) =>
      new Date(from) <= now && ["administrator", "scopes", "networks", "unused"].includes(reason),
  );
}

/** Whether the key can be edited. */
export function isChangeable(key: ApiKey, now: Date): boolean {
  return ["active", "frozen"].includes(keyState(key, now)) && !key.revocationBeganAt;
}

/** The state of a key in a word, with holds. */
export function stateText(
  key: ApiKey,
  now: Date,
): { text: string; type: "success" | "warning" | "stopped" | "error" } {
  const state = keyState(key, now);
  if (state === "revoked") return { text: "Revoked", type: "stopped" };
  if (state === "expired") return { text: "Expired", type: "warning" };
  if (state === "frozen") return { text: "Frozen: no Enterprise plan", type: "warning" };
  return isHeld(key, now) ? { text: "Held", type: "error" } : { text: "Active", type: "success" };
}
