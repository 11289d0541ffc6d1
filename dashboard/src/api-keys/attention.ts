import type { ApiKey } from "../api/client";
import { keyState } from "./key-state";
import { isLimitReached } from "./limit-state";
import { recentlyLimited } from "./limited";
import { rotationOf } from "./rotation";

const DAY = 24 * 60 * 60 * 1000;
/** A key needs attention if it expires within this number of days. */
export const EXPIRING_DAYS = 30;
/** A key needs attention if nobody has used it for this number of days. */
export const UNUSED_DAYS = 90;

/** A reason why somebody should look at an active key, the most urgent one first. */
export const ATTENTIONS = [
  "leaked",
  "suspension-limit",
  "held",
  "will-be-held",
  "owner-suspended",
  "limited",
  "expiring",
  "rotating",
  "unused",
] as const;
export type Attention = (typeof ATTENTIONS)[number];

/** Why somebody should look at this key. A key that is revoked or has expired needs no attention. */
export function attentionOf(key: ApiKey, now: Date): Attention[] {
  if (!["active", "frozen"].includes(keyState(key, now))) return [];
  const needs: Record<Attention, boolean> = {
    leaked: key.leakReportedAt !== undefined,
    "suspension-limit": isLimitReached(key, now),
    held: isHeld(key, now),
    "will-be-held": key.hold !== undefined && !isHeld(key, now),
    "owner-suspended": isOwnerSuspended(key),
    limited: recentlyLimited(key, now) !== undefined,
    expiring: isExpiring(key, now),
    rotating: rotationOf(key, now) !== undefined,
    unused: isUnused(key, now),
  };
  return ATTENTIONS.filter((attention) => needs[attention]);
}

/** Whether the key is refused because of a hold. A hold may begin in the future. */
export function isHeld({ hold }: ApiKey, now: Date): boolean {
  return hold !== undefined && new Date(hold.from) <= now;
}

/** Whether the account of the person who created the key is suspended. */
export function isOwnerSuspended({ createdBy }: ApiKey): boolean {
  return createdBy.suspended === true;
}

/** Whether the key's last secret expires soon. A new secret that waits for its first use may live longer. */
function isExpiring({ expiresAt, newSecret }: ApiKey, now: Date): boolean {
  const ends = newSecret ? [expiresAt, newSecret.expiresAt] : [expiresAt];
  return ends.every((end) => end !== undefined && daysUntil(end, now) <= EXPIRING_DAYS);
}

/** Whether nobody has used the key for long. A new key is not counted as unused. */
function isUnused({ lastUsedAt, createdAt }: ApiKey, now: Date): boolean {
  return daysUntil(lastUsedAt ?? createdAt, now) <= -UNUSED_DAYS;
}

function daysUntil(time: string, now: Date): number {
  return (new Date(time).getTime() - now.getTime()) / DAY;
}
