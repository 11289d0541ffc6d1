import type { AuditAction, AuditEvent, AuditParty } from "../api/client";
import { listed, outside, type Words, words } from "../common/outside";

/** The name of each action in the filter. If an action of the API has no name here, this doesn't compile. */
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
  CHANGE_LIMITS: "Request limits changed",
  CREATE_COMPANY: "Company created",
};

/** Every action, in the order of the filter. */
export const ACTIONS = Object.keys(ACTION_NAMES) as AuditAction[];

const SENTENCES: Record<AuditAction, (who: Words, whom: Words, event: AuditEvent) => Words> = {
  CREATE_API_KEY: (who, whom) => words`${who} created ${whom}.`,
  REVOKE_API_KEY: (who, whom) => words`${who} revoked ${whom}.`,
  USE_REVOKED_API_KEY: (_, whom, { times }) =>
    times && times > 1
      ? words`Somebody used ${whom} ${[String(times)]} times, although it is revoked. The requests were refused.`
      : words`Somebody used ${whom}, although it is revoked. The request was refused.`,
  SUSPEND_ACCOUNT: (who, whom) => words`${who} suspended ${whom}.`,
  UNSUSPEND_ACCOUNT: (who, whom) => words`${who} unsuspended ${whom}.`,
  CREATE_ACCOUNT: (who, whom) => words`${who} added ${whom}.`,
  UPDATE_ACCOUNT: (who, whom) => words`${who} updated ${whom}.`,
  DELETE_ACCOUNT: (who, whom) => words`${who} permanently deleted ${whom}.`,
  CHANGE_ROLE: (who, whom) => words`${who} changed the role of ${whom}.`,
  ADD_IDENTITY: (who, whom) => words`${who} added a sign-in to ${whom}.`,
  CHANGE_PLAN: (who) => words`${who} changed the company's plan.`,
  CHANGE_LIMITS: (who) => words`${who} changed the company's limits of requests.`,
  CREATE_COMPANY: (who) => words`${who} created the company.`,
};

/** What happened, in one sentence. */
export function sentence(event: AuditEvent): Words {
  const who = capitalized(party(event.actor));
  const themselves = event.actor.type === "USER" && event.actor.id === event.affected.id;
  const whom = themselves ? words`themselves` : party(event.affected);
  // The API may have an action that this version of the page doesn't know.
  const known = (SENTENCES as Partial<typeof SENTENCES>)[event.action];
  return known ? known(who, whom, event) : words`${who}: ${outside(event.action)}, ${whom}.`;
}

/** The details of an event, as sentences. */
export function details({ changes, leftAlone, limits }: AuditEvent): Words[] {
  const { attributes = [], emailBefore, emailAfter } = changes ?? {};
  const sentences: Words[] = [];
  if (attributes.length > 0) sentences.push(words`Changed attributes: ${listed(attributes)}.`);
  if (emailBefore && emailAfter) {
    sentences.push(words`Email address: ${outside(emailBefore)} → ${outside(emailAfter)}.`);
  }
  if (leftAlone && leftAlone.length > 0) {
    sentences.push(words`Ignored attributes: ${listed(leftAlone)}.`);
  }
  if (limits) {
    const { key, auditLog, company } = limits;
    const number = (limit: number) => [limit.toLocaleString("en")];
    sentences.push(
      words`Requests a minute: ${number(key)} with a key, ${number(auditLog)} of them to the audit log, ${number(company)} with all keys.`,
    );
  }
  return sentences;
}

/** The name of a person, a key or an operator. */
export function party({ type, name, email, id, mask }: AuditParty): Words {
  switch (type) {
    case "USER":
      if (name && email && name !== email) return words`${outside(name)} (${outside(email)})`;
      return email || name || id ? outside(email || name || id || "") : words`an account`;
    case "API_KEY":
      return words`the API key “${outside(name ?? id ?? "")}”${mask ? words` (${outside(mask)})` : []}`;
    case "OPERATOR":
      return name ? words`the operator “${outside(name)}”` : words`an operator`;
    case "COMPANY":
      return words`the company`;
    default:
      // The API may have a type that this version of the page doesn't know.
      return outside(name ?? email ?? id ?? String(type satisfies never));
  }
}

/** Capitalizes a sentence that begins with our own words. A name or an address stays unchanged. */
function capitalized([first = "", ...rest]: Words): Words {
  return [typeof first === "string" ? first.charAt(0).toUpperCase() + first.slice(1) : first, ...rest];
}
