import { EXPIRIES } from "./expiry";

/** The name under which the form is kept. */
export const CREATE_DRAFT = "create-key";

/** What a new key shall be, as far as the form is filled. */
export interface CreateDraft {
  name: string;
  scopes: string[];
  expiryId: string;
  date: string;
  /** The latest request, which is safe to repeat. */
  attempt?: { body: string; idempotencyKey: string };
  /** Whether that request may have created a key without our knowing. */
  unknown: boolean;
}

/** What most keys are for. */
const PRESELECTED = "deprovisioning";

export function emptyDraft(): CreateDraft {
  return { name: "", scopes: [PRESELECTED], expiryId: EXPIRIES[0]?.id ?? "", date: "", unknown: false };
}
