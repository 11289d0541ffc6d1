import type { KeyPolicy } from "../api/client";

/** A policy that demands nothing, for tests. */
export const NO_DEMANDS: KeyPolicy = {
  mustExpire: false,
  networksRequired: false,
  graceDays: 14,
  leakedKeys: "revoke",
};
