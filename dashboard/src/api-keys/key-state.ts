import type { ApiKey } from "../api/client";

/** What has become of a key. */
export type KeyState = "active" | "expired" | "frozen" | "revoked";

/** The key's state; the strongest word for it, as the API's filter takes it. */
export function keyState(key: ApiKey, now: Date): KeyState {
  if (key.revokedAt) return "revoked";
  if (key.expiresAt && new Date(key.expiresAt) <= now) return "expired";
  return key.frozen ? "frozen" : "active";
}
