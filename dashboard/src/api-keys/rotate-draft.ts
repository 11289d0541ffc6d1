import type { ApiKey, KeyPolicy, NewApiKeySecret } from "../api/client";
import {
  allowedExpiries,
  chosenExpiry,
  type ExpiryChoice,
  type ExpiryDraft,
  expiresAt,
  expiryRule,
} from "./expiry";

/** The contents of the form. */
export interface RotateDraft extends ExpiryDraft {
  apiKey: ApiKey;
  /** How long the old secret works after the first use of the new one, in seconds. */
  overlap: string;
  /** Whether the latest request may have made a secret although no response arrived. */
  unknown: boolean;
}

/** The choices for how long the old secret works, in seconds. */
export const OVERLAP_OPTIONS = [
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "259200", label: "3 days" },
  { value: "604800", label: "7 days" },
];

export function emptyRotateDraft(apiKey: ApiKey): RotateDraft {
  return { apiKey, overlap: "86400", expiryId: "as-before", date: "", unknown: false };
}

/** The choices for the new secret's expiry, the default one first. */
export function secretExpiries({ expiresAt }: ApiKey, policy: KeyPolicy | undefined): ExpiryChoice[] {
  const rule = expiryRule(policy);
  const usual = expiresAt
    ? "The new secret lives as long from now as the current one does from its creation."
    : "The new secret doesn't expire, like the current one.";
  const note = rule ? `${expiresAt ? usual : "The new secret expires."} ${rule}` : usual;
  const asBefore = { id: "as-before", label: "Same lifetime as before", expiry: "as-before", note } as const;
  return [asBefore, ...allowedExpiries(policy)];
}

/** The request that the form describes. */
export function secretRequest(draft: RotateDraft, policy: KeyPolicy | undefined, now: Date): NewApiKeySecret {
  const expiry = chosenExpiry(secretExpiries(draft.apiKey, policy), draft);
  const end = expiresAt(expiry, now);
  return {
    overlapSeconds: Number(draft.overlap),
    ...(expiry === "never" && { expiresAt: null }),
    ...(end && { expiresAt: end.toISOString() }),
  };
}
