import type { AuditEvent } from "../api/client";
import { toCsv } from "../common/csv";
import { plain } from "../common/outside";
import { details, sentence } from "./actions";

/** Events as CSV, one line each, with the sentences that the page shows. `title` names a scope. */
export function eventsAsCsv(events: readonly AuditEvent[], title: (scope: string) => string): string {
  const parties = ["actor", "affected"] as const;
  const members = ["type", "id", "name", "email", "mask"] as const;
  const head = [
    ...["date", "action", "what happened"],
    ...parties.flatMap((party) => members.map((member) => `${party} ${member}`)),
    ...["changed attributes", "email before", "email after", "ignored attributes", "times"],
    ...["ip", "id", "snapshot date"],
  ];
  const rows = events.map((event) => [
    ...[event.date, event.action, [sentence(event), ...details(event, title)].map(plain).join(" ")],
    ...parties.flatMap((party) => members.map((member) => event[party][member] ?? "")),
    event.changes?.attributes.join(" ") ?? "",
    ...[event.changes?.emailBefore ?? "", event.changes?.emailAfter ?? ""],
    ...[event.leftAlone?.join(" ") ?? "", event.times?.toString() ?? ""],
    ...[event.ip ?? "", event.id, event.snapshotDate],
  ]);
  return toCsv([head, ...rows]);
}

/** Events as the API returned them, one JSON object per line (NDJSON). */
export function eventsAsNdjson(events: readonly AuditEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}
