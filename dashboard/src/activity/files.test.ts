import { expect, test } from "vitest";
import type { AuditEvent } from "../api/client";
import { eventsAsCsv, eventsAsNdjson } from "./files";

const event: AuditEvent = {
  id: "01KGBA0RVS9W3T5V8YB2C4E6G8",
  action: "SUSPEND_ACCOUNT",
  actor: { type: "API_KEY", id: "01K", name: "=1+1", email: null, mask: "K7fQ…mibC", company: "acme" },
  affected: { type: "USER", id: "grace", name: null, email: "grace@acme.example", company: "acme" },
  date: "2026-01-31T22:19:42.841Z",
  ip: "203.0.113.7",
  snapshotDate: "2026-01-31T22:20:00.000Z",
};

const update: AuditEvent = {
  ...event,
  action: "UPDATE_ACCOUNT",
  affected: { ...event.affected, name: "Grace" },
  changes: {
    attributes: ["emails", "userName"],
    emailBefore: "g@acme.example",
    emailAfter: "grace@acme.example",
  },
  leftAlone: ["roles", "title"],
  times: 3,
};

test("the CSV file has one line for each event, and formulas are made harmless", () => {
  const [head, line, more, end] = eventsAsCsv([event, update], (scope) => scope).split("\r\n");
  expect(head).toBe(
    "\uFEFFdate,action,what happened,actor type,actor id,actor name,actor email,actor mask," +
      "affected type,affected id,affected name,affected email,affected mask," +
      "changed attributes,email before,email after,ignored attributes,times,ip,id,snapshot date",
  );
  expect(line).toBe(
    "2026-01-31T22:19:42.841Z,SUSPEND_ACCOUNT,The API key “=1+1” (K7fQ…mibC) suspended grace@acme.example.," +
      'API_KEY,01K,"\'=1+1",,K7fQ…mibC,USER,grace,,grace@acme.example,,,,,,,' +
      "203.0.113.7,01KGBA0RVS9W3T5V8YB2C4E6G8,2026-01-31T22:20:00.000Z",
  );
  expect(more).toBe(
    '2026-01-31T22:19:42.841Z,UPDATE_ACCOUNT,"The API key “=1+1” (K7fQ…mibC) updated Grace (grace@acme.example). ' +
      "Changed attributes: emails, userName. Email address: g@acme.example → grace@acme.example. " +
      'Ignored attributes: roles, title.",' +
      'API_KEY,01K,"\'=1+1",,K7fQ…mibC,USER,grace,Grace,grace@acme.example,,' +
      "emails userName,g@acme.example,grace@acme.example,roles title,3," +
      "203.0.113.7,01KGBA0RVS9W3T5V8YB2C4E6G8,2026-01-31T22:20:00.000Z",
  );
  expect(end).toBe("");
});

test("the NDJSON file has one line for each event, with everything that the API returned", () => {
  const lines = eventsAsNdjson([event, update]).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as AuditEvent)).toEqual([event, update]);
});
