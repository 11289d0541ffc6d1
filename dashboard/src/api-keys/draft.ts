import { EXPIRIES, type ExpiryDraft } from "./expiry";

/** The name under which the form is stored. */
export const CREATE_DRAFT = "create-key";

/** The properties of a new key that were entered so far. */
export interface CreateDraft extends ExpiryDraft {
  name: string;
  scopes: string[];
  rotatesItself: boolean;
  /** The number of days after which the secrets that the key makes expire, as it was typed. */
  lifetimeDays: string;
  /** The latest request, which can be repeated safely. */
  attempt?: { body: string; idempotencyKey: string };
  /** Whether that request may have created a key although no response arrived. */
  unknown: boolean;
}

/** The scope that most keys need. */
const PRESELECTED = "deprovisioning";

export function emptyDraft(): CreateDraft {
  return {
    name: "",
    scopes: [PRESELECTED],
    expiryId: EXPIRIES[0]?.id ?? "",
    date: "",
    rotatesItself: false,
    lifetimeDays: "90",
    unknown: false,
  };
}
