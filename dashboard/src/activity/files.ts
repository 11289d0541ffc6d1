import type { AuditEvent } from "../api/client";
import { toCsv } from "../common/csv";
import { sentence } from "./actions";

/** Events as CSV, one line each, with the sentence that the page shows. */
export function eventsAsCsv(events: readonly AuditEvent[]): string {
  const parties = ["actor", "affected"] as const;
  const members = ["type", "id", "name", "email", "mask"] as const;
  const head = ["date", "action", "what happened"]
    .concat(parties.flatMap((party) => members.map((member) => `${party} ${member}`)))
    .concat(["ip", "id"]);
  const rows = events.map((event) =>
    [event.date, event.action, sentence(event)]
      .concat(parties.flatMap((party) => members.map((member) => event[party][member] ?? "")))
      .concat([event.ip ?? "", event.id]),
  );
  return toCsv([head, ...rows]);
}

/** Events as the API has them, one JSON object a line (NDJSON). */
export function eventsAsNdjson(events: readonly AuditEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}
