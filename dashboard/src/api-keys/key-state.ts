import type { ApiKey } from "../api/client";
import { rotationOf } from "./rotation";

/** The state of a key. */
export type KeyState = "active" | "expired" | "frozen" | "revoked";

/** The key's state. If several apply, it is the one by which the API's filter finds the key. */
export function keyState(key: ApiKey, now: Date): KeyState {
  if (key.revokedAt) return "revoked";
  // During a rotation, the key lives as long as one of its secrets.
  if (key.expiresAt && new Date(key.expiresAt) <= now && !rotationOf(key, now)) return "expired";
  return key.frozen ? "frozen" : "active";
}
