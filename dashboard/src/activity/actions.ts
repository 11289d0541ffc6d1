import type { AuditAction, AuditEvent, AuditParty } from "../api/client";

/** How each action is called in the filter. Every action of the API has its name here, or this doesn't compile. */
export const ACTION_NAMES: Record<AuditAction, string> = {
  CREATE_API_KEY: "API key created",
  REVOKE_API_KEY: "API key revoked",
  USE_REVOKED_API_KEY: "Revoked API key used",
  SUSPEND_ACCOUNT: "Member suspended",
  UNSUSPEND_ACCOUNT: "Member unsuspended",
  CREATE_ACCOUNT: "Member added",
  UPDATE_ACCOUNT: "Member updated",
  DELETE_ACCOUNT: "Member deleted",
  CHANGE_ROLE: "Role changed",
  ADD_IDENTITY: "Sign-in added",
  CHANGE_PLAN: "Plan changed",
  CREATE_COMPANY: "Company created",
};

/** Every action, in the order of the filter. */
export const ACTIONS = Object.keys(ACTION_NAMES) as AuditAction[];

const SENTENCES: Record<AuditAction, (who: string, whom: string) => string> = {
  CREATE_API_KEY: (who, whom) => `${who} created ${whom}.`,
  REVOKE_API_KEY: (who, whom) => `${who} revoked ${whom}.`,
  USE_REVOKED_API_KEY: (_, whom) => `Somebody used ${whom}, which is revoked. The request was refused.`,
  SUSPEND_ACCOUNT: (who, whom) => `${who} suspended ${whom}.`,
  UNSUSPEND_ACCOUNT: (who, whom) => `${who} unsuspended ${whom}.`,
  CREATE_ACCOUNT: (who, whom) => `${who} added ${whom}.`,
  UPDATE_ACCOUNT: (who, whom) => `${who} updated the names or identifiers of ${whom}.`,
  DELETE_ACCOUNT: (who, whom) => `${who} deleted ${whom} for ever.`,
  CHANGE_ROLE: (who, whom) => `${who} changed the role of ${whom}.`,
  ADD_IDENTITY: (who, whom) => `${who} added a sign-in to ${whom}.`,
  CHANGE_PLAN: (who) => `${who} changed the company's plan.`,
  CREATE_COMPANY: (who) => `${who} created the company.`,
};

/** What happened, as a person would say it. */
export function sentence(event: AuditEvent): string {
  const who = capitalized(party(event.actor));
  const themselves = event.actor.type === "account" && event.actor.id === event.affected.id;
  const whom = themselves ? "themselves" : party(event.affected);
  // The API may know an action that this page doesn't yet.
  const known = (SENTENCES as Partial<typeof SENTENCES>)[event.action];
  return known ? known(who, whom) : `${who}: ${event.action}, ${whom}.`;
}

/** How a person, a key or an operator is called. */
export function party({ type, name, email, id, mask }: AuditParty): string {
  switch (type) {
    case "account":
      return name && email && name !== email ? `${name} (${email})` : (email ?? name ?? id ?? "an account");
    case "api_key":
      return `the API key “${name ?? id ?? ""}”${mask ? ` (${mask})` : ""}`;
    case "operator":
      return `the operator “${name ?? ""}”`;
    case "company":
      return "the company";
  }
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
