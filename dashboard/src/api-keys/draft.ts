import { EXPIRIES } from "./expiry";

/** The name under which the form is stored. */
export const CREATE_DRAFT = "create-key";

/** The properties of a new key that were entered so far. */
export interface CreateDraft {
  name: string;
  scopes: string[];
  expiryId: string;
  date: string;
  /** The latest request, which can be repeated safely. */
  attempt?: { body: string; idempotencyKey: string };
  /** Whether that request may have created a key although no response arrived. */
  unknown: boolean;
}

/** The scope that most keys need. */
const PRESELECTED = "deprovisioning";

export function emptyDraft(): CreateDraft {
  return { name: "", scopes: [PRESELECTED], expiryId: EXPIRIES[0]?.id ?? "", date: "", unknown: false };
}
