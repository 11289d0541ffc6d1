import { isHeld } from "../api-keys/attention";
import { keyPlace } from "../api-keys/key-place";
import { rotationOf } from "../api-keys/rotation";
import type { ApiKey, AuditAction, AuditEvent } from "../api/client";
import { listed, type Words, words } from "../common/outside";
import { plural } from "../common/plural";
import { expiredMatter, KINDS, type Matter, mattersOf, stepOf } from "./matters";

const DAY = 24 * 60 * 60 * 1000;
/** Keys that have expired, and events, are shown for this number of days. */
export const RECENT_DAYS = 7;
/** The actions of the events that are about a key which needs attention. */
export const ACTIONS = [
  "USE_REVOKED_API_KEY",
  "EXPOSE_API_KEY",
  "REVOKE_LEAKED_API_KEY",
] as const satisfies AuditAction[];

/** A key that needs attention. */
export interface Row {
  keyId: string;
  name: string;
  mask: string;
  /** Whether the list of active keys has it. */
  isActive: boolean;
  /** At least one, the most urgent first. */
  matters: readonly [Matter, ...Matter[]];
}

/** What was read of the company. What is undefined could not be read, or was not read yet. */
export interface Reading {
  active: readonly ApiKey[] | undefined;
  expired: readonly ApiKey[] | undefined;
  events: readonly AuditEvent[] | undefined;
}

/** The keys that need attention, the most urgent first. */
export function rowsOf({ active = [], expired = [], events = [] }: Reading, now: Date): Row[] {
  const found = new Map<string, Omit<Row, "matters"> & { matters: Matter[] }>();
  const add = (key: Omit<Row, "matters">, matters: Matter[]) => {
    const known = found.get(key.keyId);
    if (known) known.matters.push(...matters);
    else if (matters.length > 0) found.set(key.keyId, { ...key, matters });
  };
  for (const key of active) {
    add({ ...rowOf(key), isActive: true }, [...mattersOf(key, now), ...exposedMatters(key, events, now)]);
  }
  for (const key of expired) {
    if (isRecent(key, now)) add({ ...rowOf(key), isActive: false }, [expiredMatter(key)]);
  }
  for (const event of events) {
    const key = event.action === "REVOKE_LEAKED_API_KEY" && affectedKey(event);
    if (key) add({ ...key, isActive: false }, [leakedAndRevoked(key.keyId, event)]);
  }
  for (const use of usesAfterEnd(events)) {
    const key = active.find(({ keyId }) => keyId === use.keyId);
    add(key ? { ...rowOf(key), isActive: true } : { ...use, isActive: false }, [matterOfUses(use, key, now)]);
  }
  return [...found.values()]
    .map(({ matters, ...key }) => ({ ...key, matters: matters.sort(byUrgency) as [Matter, ...Matter[]] }))
    .sort((a, b) => byUrgency(a.matters[0], b.matters[0]) || compare(a.name, b.name));
}

function rowOf({ keyId, name, mask }: ApiKey) {
  return { keyId, name, mask };
}

/** The most urgent kind is first. Of one kind, what happens next or happened long ago is first. */
function byUrgency(a: Matter, b: Matter): number {
  const rank = KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  return rank || compare(a.when?.at ?? "", b.when?.at ?? "");
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether the key expired lately. */
function isRecent({ expiresAt, revokedAt }: ApiKey, now: Date): boolean {
  const ago = expiresAt && now.getTime() - new Date(expiresAt).getTime();
  return !revokedAt && typeof ago === "number" && ago >= 0 && ago <= RECENT_DAYS * DAY;
}

/** The key that an event is about. */
function affectedKey({ affected: { id, name, mask } }: AuditEvent) {
  return id ? { keyId: id, name: name ?? id, mask: mask ?? "" } : undefined;
}

/** That a key was revoked because it leaked. What used the key needs another one. */
function leakedAndRevoked(keyId: string, { actor, date, foundAt = [] }: AuditEvent): Matter {
  const report =
    actor.type === "GITHUB"
      ? "GitHub reported the key as leaked"
      : "Somebody found the key and reported it as leaked";
  const where: Words = foundAt.length > 0 ? words` It was found at ${listed(foundAt)}.` : [];
  return {
    kind: "leaked-and-revoked",
    text: words`${[report]}, so it was revoked.${where}`,
    when: { word: "On", at: date },
    step: { text: "Create replacement", place: keyPlace(keyId, "replace") },
  };
}

/** The uses of a key that was revoked, or of secrets of a key that have ended. */
interface Uses {
  keyId: string;
  name: string;
  mask: string;
  count: number;
  lastAt: string;
}

/** The uses of each key after its end. Events are newest first, so the name and the mask are those of the last use. */
function usesAfterEnd(events: readonly AuditEvent[]): Uses[] {
  const uses = new Map<string, Uses>();
  for (const event of events) {
    const key = event.action === "USE_REVOKED_API_KEY" && affectedKey(event);
    if (!key) continue;
    const { date, times = 1 } = event;
    const known = uses.get(key.keyId);
    if (known) known.count += times;
    else uses.set(key.keyId, { ...key, count: times, lastAt: date });
  }
  return [...uses.values()];
}

function matterOfUses({ keyId, count, lastAt }: Uses, activeKey: ApiKey | undefined, now: Date): Matter {
  const times = [plural(count, "time")];
  const works = activeKey && isHeld(activeKey, now) ? [] : words` The key itself works.`;
  const query = new URLSearchParams({ action: "USE_REVOKED_API_KEY", involving: keyId });
  return {
    kind: "used-after-end",
    text: activeKey
      ? words`Somebody used a secret of the key that has ended, ${times}.${works}`
      : words`Somebody used the key after its end, ${times}. The requests were refused.`,
    when: { word: "Last", at: lastAt },
    step: { text: "See from where", place: `/dashboard/activity?${query.toString()}` },
  };
}

/** That a secret which still works was sent where it is often logged. Nothing if it has ended since. */
function exposedMatters(key: ApiKey, events: readonly AuditEvent[], now: Date): Matter[] {
  const rotation = rotationOf(key, now);
  const masks = [key.mask, rotation?.mask];
  const event = events.find(
    ({ action, affected }) =>
      action === "EXPOSE_API_KEY" && affected.id === key.keyId && masks.includes(affected.mask),
  );
  if (!event) return [];
  const isOld = rotation?.kind === "overlapping" && event.affected.mask === rotation.mask;
  return [
    {
      kind: "exposed",
      text: words`The key was sent where it is often logged. If other people can read the log, replace its secret.`,
      when: { word: "Last", at: event.date },
      step: stepOf(key, now, isOld ? "complete" : "rotate"),
    },
  ];
}
