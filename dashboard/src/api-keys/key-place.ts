import type { ApiKey } from "../api/client";
import type { KeyDialog } from "./dialog";
import { canRelease, isChangeable } from "./hold";
import { rotationSteps } from "./rotation-steps";

/** The steps that the address of a key's page can open. `replace` creates a new key like this one. */
export const ADDRESSED_STEPS = [
  "rotate",
  "complete",
  "edit",
  "networks",
  "release",
  "revoke",
  "replace",
] as const;
export type AddressedStep = (typeof ADDRESSED_STEPS)[number];

/** The name of the parameter with the step. */
export const STEP = "step";

/** The page of a key. With a step, the page opens the dialog of this step. */
export function keyPlace(keyId: string, step?: AddressedStep): string {
  return `/dashboard/api-keys/${encodeURIComponent(keyId)}${step ? `?${STEP}=${step}` : ""}`;
}

/** Whether an administrator can do this with the key now. */
export function isPossible(step: AddressedStep, key: ApiKey, isEnterprise: boolean, now: Date): boolean {
  switch (step) {
    case "rotate":
      return rotationSteps(key, isEnterprise, now).some((step) => ["rotate", "replace"].includes(step));
    case "complete":
      return rotationSteps(key, isEnterprise, now).includes("complete");
    case "edit":
    case "networks":
      return isChangeable(key, now);
    case "release":
      return canRelease(key, now);
    case "revoke":
      return !key.revokedAt;
    case "replace":
      return isEnterprise;
  }
}

/** The dialog that the address of a key's page asks for. Undefined if there is none, or if its step isn't possible now. */
export function addressedDialog(
  query: URLSearchParams,
  key: ApiKey,
  isEnterprise: boolean,
  now: Date,
): KeyDialog | undefined {
  const step = ADDRESSED_STEPS.find((step) => step === query.get(STEP));
  if (!step || !isPossible(step, key, isEnterprise, now)) return undefined;
  if (step === "replace") return { kind: "create", draft: { name: key.name, scopes: [...key.scopes] } };
  return { kind: step, key };
}
