import { expect, test } from "vitest";
import type { AuditEvent, AuditParty } from "../api/client";
import { undoPlace } from "./place";
import { undoneSince } from "./undo-link";

const none = { name: null, email: null, company: "acme" };
const key: AuditParty = { ...none, type: "API_KEY", id: "01K", name: "Okta" };
const ada: AuditParty = { ...none, type: "USER", id: "ada" };
const event = (action: AuditEvent["action"], actor: AuditParty): AuditEvent => ({
  id: "1",
  action,
  actor,
  affected: ada,
  date: "2026-01-31T22:19:42.841Z",
  snapshotDate: "2026-01-31T22:20:00.000Z",
});

test("an undo begins with the event, or with the hour in which the limit was reached", () => {
  expect(undoneSince(event("SUSPEND_ACCOUNT", key))).toBe("2026-01-31T22:19:42.841Z");
  expect(undoneSince(event("REACH_SUSPENSION_LIMIT", key))).toBe("2026-01-31T22:00:00.000Z");
  expect(undoneSince(event("SUSPEND_ACCOUNT", ada))).toBeUndefined();
  expect(undoneSince(event("UNSUSPEND_ACCOUNT", key))).toBeUndefined();
});

test("the place holds the time", () => {
  expect(undoPlace("01K")).toBe("/dashboard/api-keys/01K/undo");
  expect(undoPlace("01K", "2026-01-31T22:00:00.000Z")).toBe(
    "/dashboard/api-keys/01K/undo?since=2026-01-31T22%3A00%3A00.000Z",
  );
});
