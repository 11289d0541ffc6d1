import type { ReactNode } from "react";
import { startOfHour } from "../api-keys/limit-state";
import type { AuditEvent } from "../api/client";
import { PlaceLink } from "../common/place-link";
import { readable } from "../common/time";
import { undoPlace } from "./place";

/** Leads from an event to the undo of what the key suspended since then. Nothing for other events. */
export function UndoLink({ event }: { event: AuditEvent }): ReactNode {
  const since = undoneSince(event);
  if (!since || !event.actor.id) return null;
  return (
    <PlaceLink
      to={undoPlace(event.actor.id, since)}
      label={`Undo what this key suspended since then: ${readable(since)}`}
    >
      Undo what this key suspended since then
    </PlaceLink>
  );
}

/** The time since which an undo from this event begins. Undefined if the event is not about suspensions by a key. */
export function undoneSince({ action, actor, date }: AuditEvent): string | undefined {
  if (actor.type !== "API_KEY") return undefined;
  // Accounts are counted from the beginning of the hour.
  if (action === "REACH_SUSPENSION_LIMIT") return startOfHour(new Date(date)).toISOString();
  return action === "SUSPEND_ACCOUNT" ? date : undefined;
}
