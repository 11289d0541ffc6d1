import { expect, test } from "vitest";
import type { AuditEvent } from "../api/client";
import { eventsAsCsv, eventsAsNdjson } from "./files";

const event: AuditEvent = {
  id: "01KGBA0RVS9W3T5V8YB2C4E6G8",
  action: "SUSPEND_ACCOUNT",
  actor: { type: "api_key", id: "01K", name: "=1+1", mask: "K7fQ…mibC", company: "acme" },
  affected: { type: "account", id: "grace", email: "grace@acme.example", company: "acme" },
  date: "2026-01-31T22:19:42.841Z",
  ip: "203.0.113.7",
};

test("a line of CSV for each event, formulas made harmless", () => {
  const [head, line, end] = eventsAsCsv([event]).split("\r\n");
  expect(head).toBe(
    "\uFEFFdate,action,what happened,actor type,actor id,actor name,actor email,actor mask," +
      "affected type,affected id,affected name,affected email,affected mask,ip,id",
  );
  expect(line).toBe(
    "2026-01-31T22:19:42.841Z,SUSPEND_ACCOUNT,The API key “=1+1” (K7fQ…mibC) suspended grace@acme.example.," +
      'api_key,01K,"\'=1+1",,K7fQ…mibC,account,grace,,grace@acme.example,,203.0.113.7,01KGBA0RVS9W3T5V8YB2C4E6G8',
  );
  expect(end).toBe("");
});

test("a line of JSON for each event", () => {
  const lines = eventsAsNdjson([event, event]).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as AuditEvent)).toEqual([event, event]);
});
