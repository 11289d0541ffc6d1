import type { ApiKey } from "../api/client";

/** Which second secret a key has while it is rotated, and when that secret ends. */
export interface Rotation {
  /** `waiting`: nobody has used the new secret. `overlapping`: the new secret is in use, and the old one still works. */
  kind: "waiting" | "overlapping";
  /** The second secret's mask. The key's own mask is the current secret's. */
  mask: string;
  endsAt: string;
}

/** The key's rotation, if one is in progress. The API shows no second secret of a revoked key. */
export function rotationOf({ newSecret, oldSecret }: ApiKey, now: Date): Rotation | undefined {
  const isLiving = ({ endsAt }: Rotation) => new Date(endsAt) > now;
  const rotations: Rotation[] = [];
  if (newSecret) {
    rotations.push({ kind: "waiting", mask: newSecret.mask, endsAt: endOfUnused(newSecret) });
  }
  if (oldSecret) rotations.push({ kind: "overlapping", mask: oldSecret.mask, endsAt: oldSecret.endsAt });
  return rotations.find(isLiving);
}

/** When a new secret ends if nobody uses it before. */
function endOfUnused({ unusedUntil, expiresAt }: NonNullable<ApiKey["newSecret"]>): string {
  return expiresAt && new Date(expiresAt) < new Date(unusedUntil) ? expiresAt : unusedUntil;
}

/** The mask of the secret that the latest rotation made. It says which rotation a request is about. */
export function newestMask({ mask, newSecret }: ApiKey): string {
  return newSecret?.mask ?? mask;
}

/** The first and last four characters in a mask. */
export function charactersOf(mask: string): { firstFour: string; lastFour: string } {
  return { firstFour: mask.slice(0, 4), lastFour: mask.slice(-4) };
}

/** What has become of the new secret with this mask. */
export type SecretUse =
  | { kind: "unused" }
  /** Until when the old secret works. Undefined if it has ended. */
  | { kind: "used"; oldUntil: string | undefined }
  /** Another new secret replaced it, or the rotation was canceled. */
  | { kind: "ended" }
  /** The key is not among the active ones any more. */
  | { kind: "inactive" };

/** What has become of a new secret, according to the company's active keys. */
export function secretUse(
  activeKeys: readonly ApiKey[],
  { keyId, mask }: { keyId: string; mask: string },
  now: Date,
): SecretUse {
  const key = activeKeys.find((key) => key.keyId === keyId);
  if (!key) return { kind: "inactive" };
  const rotation = rotationOf(key, now);
  if (key.mask === mask) return { kind: "used", oldUntil: rotation?.endsAt };
  return { kind: rotation?.kind === "waiting" && rotation.mask === mask ? "unused" : "ended" };
}

/** Problems after which a dialog shows a key that has changed meanwhile, so that the same request can't succeed. */
export const KEY_CHANGED: ReadonlySet<string> = new Set([
  "rotation-in-progress",
  "no-rotation",
  "key-mismatch",
  "key-not-active",
  "not-found",
]);
