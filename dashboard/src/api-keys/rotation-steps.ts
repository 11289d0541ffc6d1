import type { ApiKey } from "../api/client";
import { isKeptFromRotating } from "./hold";
import { keyState } from "./key-state";
import { rotationOf } from "./rotation";

/** What an administrator can do with a key's secrets, apart from revoking the key. */
export type RotationStep = "rotate" | "complete" | "cancel" | "replace";

/** The steps that are possible now. Making a secret requires the Enterprise plan and no hold, ending one does not. */
export function rotationSteps(key: ApiKey, isEnterprise: boolean, now: Date): RotationStep[] {
  const canMake = isEnterprise && !isKeptFromRotating(key, now);
  const isActive = ["active", "frozen"].includes(keyState(key, now)) && !key.revocationBeganAt;
  if (!isActive) return [];
  const rotation = rotationOf(key, now);
  if (!rotation) return canMake ? ["rotate"] : [];
  if (rotation.kind === "overlapping") return ["complete"];
  // Canceling would leave the key without a secret that works.
  const canCancel = !key.expiresAt || new Date(key.expiresAt) > now;
  return ["complete", ...(canCancel ? ["cancel" as const] : []), ...(canMake ? ["replace" as const] : [])];
}
