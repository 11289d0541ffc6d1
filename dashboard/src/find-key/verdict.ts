import type { FoundApiKey } from "../api/client";
import { isHeld } from "../api-keys/attention";
import { keyState } from "../api-keys/key-state";

/** Whether a found secret can be used, and what to do about it. */
export interface Verdict {
  type: "success" | "warning" | "error";
  header: string;
  text: string;
}

/** What the secrets of a key are called. */
export const SECRET_STATES: Record<FoundApiKey["foundSecret"]["state"], string> = {
  current: "Current secret",
  new: "New secret",
  old: "Old secret",
  ended: "Ended secret",
};

const REFUSED = "Requests with it are refused. You don't have to do anything.";
const LEAKED = "If somebody else may have it, revoke the key on its page.";

/** What to do about a secret that somebody found. */
export function verdictOn({ apiKey: key, foundSecret: { state } }: FoundApiKey, now: Date): Verdict {
  const keyIs = keyState(key, now);
  if (keyIs === "revoked") return { type: "success", header: "This key is revoked", text: REFUSED };
  if (key.revocationBeganAt) {
    return {
      type: "error",
      header: "This key is not fully revoked",
      text: "A revocation began and was not completed. Revoke the key again on its page.",
    };
  }
  if (keyIs === "expired") return { type: "success", header: "This key has expired", text: REFUSED };
  if (state === "ended") {
    return {
      type: "success",
      header: "This secret has ended",
      text: "Requests with it are refused. The key itself works with another secret.",
    };
  }
  if (keyIs === "frozen") {
    return {
      type: "warning",
      header: "This key is refused while your company is not on the Enterprise plan",
      text: `It works again when the company is on this plan. ${LEAKED}`,
    };
  }
  if (isHeld(key, now)) {
    return {
      type: "warning",
      header: "This key is held: requests with it are refused",
      text: `It works again when the hold ends. ${LEAKED}`,
    };
  }
  return WORKING[state];
}

/** What to do about a secret that works. */
const WORKING: Record<"current" | "new" | "old", Verdict> = {
  current: {
    type: "error",
    header: "This key works",
    text: "Anybody who has it can use it. If somebody else may have it, revoke the key on its page. If your own programs must go on, rotate the key instead, put the new secret in place, and complete the rotation. That ends this secret.",
  },
  new: {
    type: "error",
    header: "This is the new secret of a key, which nobody has used yet",
    text: "Anybody who has it can use it. If somebody else may have it, cancel the rotation on the key's page. That ends this secret, and the key goes on with its current one.",
  },
  old: {
    type: "error",
    header: "This is the old secret of a key, and it still works",
    text: "Anybody who has it can use it. If somebody else may have it, complete the rotation on the key's page. That ends this secret at once.",
  },
};
