import type { AuditAction, AuditEvent, AuditParty } from "../api/client";
import { listed, outside, quoted, type Words, words } from "../common/outside";
import { plural } from "../common/plural";
import { readable } from "../common/time";
import { policySentences } from "../key-policy/sentences";
import { lasting } from "./lasting";

/** The name of each action in the filter. If an action of the API has no name here, this doesn't compile. */
export const ACTION_NAMES: Record<AuditAction, string> = {
  CREATE_API_KEY: "API key created",
  REVOKE_API_KEY: "API key revoked",
  ROTATE_API_KEY: "API key rotated",
  USE_NEW_API_KEY_SECRET: "New secret first used",
  COMPLETE_API_KEY_ROTATION: "API key rotation completed",
  CANCEL_API_KEY_ROTATION: "API key rotation canceled",
  UPDATE_API_KEY: "API key edited",
  HOLD_API_KEY: "API key held",
  RELEASE_API_KEY: "API key released",
  CHANGE_KEY_POLICY: "Key policy changed",
  USE_REVOKED_API_KEY: "Revoked API key or ended secret used",
  REVOKE_LEAKED_API_KEY: "Leaked API key revoked",
  REPORT_LEAKED_API_KEY: "Leaked API key reported, not revoked",
  EXPOSE_API_KEY: "API key exposed in a request",
  REFUSE_API_KEY_NETWORK: "API key used from another network",
  REACH_SUSPENSION_LIMIT: "Suspension limit reached",
  RELEASE_SUSPENSION_LIMIT: "Suspension limit released",
  UNDO_KEY_SUSPENSIONS: "Suspensions of an API key undone",
  ANNOUNCE_API_KEY_EXPIRY: "API key expires soon",
  EXPIRE_API_KEY: "API key expired",
  REPORT_UNUSED_API_KEY: "API key not used",
  REPORT_UNUSED_API_KEY_SECRET: "New secret not used",
  SUSPEND_ACCOUNT: "Member suspended",
  UNSUSPEND_ACCOUNT: "Member unsuspended",
  WITHDRAW_SUSPENSION: "Suspension withdrawn",
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
  ROTATE_API_KEY: (who, whom) => words`${who} made a new secret for ${whom}.`,
  USE_NEW_API_KEY_SECRET: (_, __, { affected }) =>
    words`The new secret of ${party(affected)} was used for the first time.`,
  COMPLETE_API_KEY_ROTATION: (who, whom) => words`${who} completed the rotation of ${whom}.`,
  CANCEL_API_KEY_ROTATION: (who, whom) => words`${who} canceled the rotation of ${whom}.`,
  UPDATE_API_KEY: (who, whom) => words`${who} edited ${whom}.`,
  HOLD_API_KEY: (who, whom, { heldBy }) =>
    heldBy === "policy" ? words`The key policy now holds ${whom}.` : words`${who} put ${whom} on hold.`,
  RELEASE_API_KEY: (who, whom, { heldBy }) =>
    heldBy === "policy"
      ? words`${who} released ${whom}, which was held because nobody used it.`
      : words`${who} released ${whom} from its hold.`,
  CHANGE_KEY_POLICY: (who) => words`${who} changed the key policy.`,
  USE_REVOKED_API_KEY: (_, __, { affected, times }) =>
    times && times > 1
      ? words`Somebody used ${party(affected)} ${[String(times)]} times, although the key is revoked or this secret has ended. The requests were refused.`
      : words`Somebody used ${party(affected)}, although the key is revoked or this secret has ended. The request was refused.`,
  REVOKE_LEAKED_API_KEY: (who, whom) => words`${who} reported ${whom} as leaked. The key was revoked.`,
  REPORT_LEAKED_API_KEY: (who, whom) =>
    words`${who} reported ${whom} as leaked. The key policy says to alert only, so the key was not revoked.`,
  EXPOSE_API_KEY: (_, __, { affected, place }) =>
    words`Somebody sent ${party(affected)} ${[placeOf(place)]}, which is often logged. The request was refused.`,
  REFUSE_API_KEY_NETWORK: (_, __, { affected, ip }) =>
    words`Somebody used ${party(affected)} from ${ip ? outside(ip) : ["an unknown address"]}, which is not in the key's networks. The request was refused.`,
  REACH_SUSPENSION_LIMIT: (_, __, { affected }) =>
    words`The suspension limit of ${party(affected)} was reached.`,
  RELEASE_SUSPENSION_LIMIT: (who, whom) =>
    words`${who} let ${whom} suspend accounts again before the end of the hour.`,
  UNDO_KEY_SUSPENSIONS: (who, _, { affected }) =>
    words`${who} began to undo what ${party(affected)} suspended.`,
  // People read these long after the service noticed it.
  ANNOUNCE_API_KEY_EXPIRY: (who, whom, { days }) =>
    words`${who} noticed that ${whom} would expire within ${[plural(days ?? 30, "day")]}.`,
  EXPIRE_API_KEY: (_, __, { affected }) =>
    words`${subject(affected)} has expired. Requests with it are refused.`,
  REPORT_UNUSED_API_KEY: (who, whom, { days }) =>
    words`${who} noticed that nobody had used ${whom} for ${[plural(days ?? 90, "day")]}.`,
  REPORT_UNUSED_API_KEY_SECRET: (who, whom, { days }) =>
    words`${who} noticed that nobody had used the new secret of ${whom} for ${[plural(days ?? 7, "day")]}.`,
  SUSPEND_ACCOUNT: (who, whom) => words`${who} suspended ${whom}.`,
  UNSUSPEND_ACCOUNT: (who, whom) => words`${who} unsuspended ${whom}.`,
  WITHDRAW_SUSPENSION: (who, whom) =>
    words`${who} withdrew what an API key said about ${whom}. The account stays suspended because another suspension remains.`,
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
  const who = subject(event.actor);
  const { type, id } = event.actor;
  const isSame = type === event.affected.type && id !== undefined && id === event.affected.id;
  const self = { USER: words`themselves`, API_KEY: words`itself` }[type as string];
  const whom = (isSame && self) || party(event.affected);
  // The API may have an action that this version of the page doesn't know.
  const known = (SENTENCES as Partial<typeof SENTENCES>)[event.action];
  return known ? known(who, whom, event) : words`${who}: ${outside(event.action)}, ${whom}.`;
}

/** The details of an event, as sentences. `title` names a scope. */
export function details(event: AuditEvent, title: (scope: string) => string): Words[] {
  const { action, changes, leftAlone, limits, secret, remains, policy, since, place } = event;
  const { attributes = [], emailBefore, emailAfter } = changes ?? {};
  const sentences: Words[] = [];
  if (action === "UPDATE_API_KEY") {
    const names = attributes.map((attribute) => KEY_ATTRIBUTES[attribute] ?? attribute);
    if (names.length > 0) sentences.push(words`Changed: ${listed(names)}.`);
  } else if (attributes.length > 0) {
    sentences.push(words`Changed attributes: ${listed(attributes)}.`);
  }
  if (remains) sentences.push(...remainsDetails(remains, title));
  if (policy) sentences.push(...policySentences(policy, title));
  if (action === "REACH_SUSPENSION_LIMIT") sentences.push(...limitDetails(event));
  sentences.push(...leakDetails(event), ...noticeDetails(event));
  if (place) {
    sentences.push(
      words`Send the key only in the header Authorization. If other people can read the log, rotate the key.`,
    );
  }
  if (since) sentences.push(words`It covers the suspensions since ${[readable(since)]}.`);
  if (event.undo) sentences.push(words`Part of an undo of what an API key suspended.`);
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
  return secret ? [...sentences, ...secretDetails(action, secret)] : sentences;
}

/** The names of what an administrator can change about a key. */
const KEY_ATTRIBUTES: Readonly<Record<string, string>> = {
  name: "name",
  note: "note",
  expiresAt: "expiry",
  selfRotation: "whether the key rotates itself",
  scopes: "scopes",
  networks: "networks",
  suspensionLimit: "suspension limit",
};

/** Where a request contained a key. */
function placeOf(place: AuditEvent["place"]): string {
  // The API may have a place that this version of the page doesn't know.
  const known = PLACES as Partial<Record<string, string>>;
  return known[place ?? ""] ?? "in a wrong part of a request";
}

const PLACES: Record<NonNullable<AuditEvent["place"]>, string> = {
  query: "in the query of a request's address",
  path: "in the path of a request's address",
  body: "in the body of a request",
  cookie: "in a cookie of a request",
  header: "in a wrong header of a request",
};

/** Which secret of a key was found, and where. The places are no links, because nobody knows what is there. */
function leakDetails({ affected, leakedMask, foundAt = [] }: AuditEvent): Words[] {
  return [
    ...(leakedMask && leakedMask !== affected.mask
      ? [words`The secret that was found is ${outside(leakedMask)}.`]
      : []),
    ...foundAt.map((address) => words`Found at ${outside(address)}`),
  ];
}

/** When a key expires, or when it was last used, of an event in which the service noticed this. */
function noticeDetails({ action, expiresAt, lastUsedAt }: AuditEvent): Words[] {
  switch (action) {
    case "ANNOUNCE_API_KEY_EXPIRY":
      return expiresAt ? [words`Its expiry was ${[readable(expiresAt)]}.`] : [];
    case "EXPIRE_API_KEY":
      return expiresAt ? [words`It expired ${[readable(expiresAt)]}.`] : [];
    case "REPORT_UNUSED_API_KEY":
      return [
        lastUsedAt
          ? words`Until then, its last use was ${[readable(lastUsedAt)]}.`
          : words`Until then, nobody had ever used it.`,
      ];
    default:
      return [];
  }
}

/** What a key that reached its suspension limit can't do. */
function limitDetails({ suspensionsPerHour }: AuditEvent): Words[] {
  if (!suspensionsPerHour) return [];
  const accounts = [plural(suspensionsPerHour, "account")];
  return [
    words`It can suspend and delete ${accounts} in an hour. Further requests to suspend or delete accounts are refused until the next hour, or until an administrator releases the key.`,
  ];
}

/** What a key may do after it was edited. */
function remainsDetails(
  { scopes, expiresAt, selfRotation, networks, suspensionLimit }: NonNullable<AuditEvent["remains"]>,
  title: (scope: string) => string,
): Words[] {
  const life = expiresAt ? words`It expires ${[readable(expiresAt)]}.` : words`It doesn't expire.`;
  const sentences = [words`The key works for ${quoted(scopes.map(title))}. ${life}`];
  if (selfRotation) {
    const days = [plural(selfRotation.lifetimeDays, "day")];
    sentences.push(words`It rotates itself, and its new secrets expire after ${days}.`);
  }
  if (networks) {
    const ranges = listed(networks.ranges);
    sentences.push(
      networks.mode === "enforce"
        ? words`It can be used only from ${ranges}.`
        : words`Its list of networks, which only reports, is ${ranges}.`,
    );
  }
  if (suspensionLimit === "unlimited") sentences.push(words`It has no suspension limit.`);
  if (typeof suspensionLimit === "number") {
    sentences.push(words`It can suspend at most ${[plural(suspensionLimit, "account")]} in an hour.`);
  }
  return sentences;
}

/** What a step of a rotation did with the key's secrets. */
function secretDetails(action: AuditAction, secret: NonNullable<AuditEvent["secret"]>): Words[] {
  const { mask, expiresAt, overlapSeconds, endedMask, endsAt } = secret;
  const time = (at: string) => [readable(at)];
  if (action === "ROTATE_API_KEY") {
    const life = expiresAt ? words`It expires ${time(expiresAt)}.` : words`It doesn't expire.`;
    const sentences = [words`New secret: ${outside(mask)}. ${life}`];
    if (overlapSeconds) {
      const overlap = [lasting(overlapSeconds)];
      sentences.push(words`The old secret works for ${overlap} after the first use of the new one.`);
    }
    if (endedMask) sentences.push(words`It replaced ${outside(endedMask)}, which nobody had used.`);
    return sentences;
  }
  if (action === "REPORT_UNUSED_API_KEY_SECRET") {
    const end = endsAt ? words` It was to end ${time(endsAt)} if nobody used it before.` : [];
    return [words`New secret: ${outside(mask)}.${end}`];
  }
  if (!endedMask) return [words`Current secret: ${outside(mask)}.`];
  if (action === "USE_NEW_API_KEY_SECRET") {
    const until = endsAt ? words`, which works until ${time(endsAt)}` : [];
    return [words`Current secret: ${outside(mask)}. Old secret: ${outside(endedMask)}${until}.`];
  }
  return [words`Current secret: ${outside(mask)}. Ended secret: ${outside(endedMask)}.`];
}

/** The name of a person, a key, an operator, the service itself, or of who reported a leaked key. */
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
    case "FINDER":
      return words`somebody who found the key`;
    case "GITHUB":
      return words`GitHub`;
    case "SERVICE":
      return words`this service`;
    default:
      // The API may have a type that this version of the page doesn't know.
      return outside(name ?? email ?? id ?? String(type satisfies never));
  }
}

/** A party at the beginning of a sentence. */
function subject(who: AuditParty): Words {
  return capitalized(party(who));
}

/** Capitalizes a sentence that begins with our own words. A name or an address stays unchanged. */
function capitalized([first = "", ...rest]: Words): Words {
  return [typeof first === "string" ? first.charAt(0).toUpperCase() + first.slice(1) : first, ...rest];
}
