import type { ApiKey } from "../api/client";

/** The state of a key. */
export type KeyState = "active" | "expired" | "frozen" | "revoked";

/** The key's state. If several apply, it is the one by which the API's filter finds the key. */
export function keyState(key: ApiKey, now: Date): KeyState {
  if (key.revokedAt) return "revoked";
  if (key.expiresAt && new Date(key.expiresAt) <= now) return "expired";
  return key.frozen ? "frozen" : "active";
}
