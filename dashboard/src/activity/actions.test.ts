import { expect, test } from "vitest";
import type { AuditAction, AuditEvent, AuditParty } from "../api/client";
import { ACTIONS, sentence } from "./actions";

const ada: AuditParty = { type: "account", id: "ada", email: "ada@x", name: "Ada", company: "acme" };
const grace: AuditParty = { type: "account", id: "grace", email: "grace@x", company: "acme" };
const key: AuditParty = { type: "api_key", id: "01K", name: "Nightly", mask: "K7fQ…mibC", company: "acme" };
const operator: AuditParty = { type: "operator", name: "Support", company: "acme" };
const company: AuditParty = { type: "company", id: "acme", company: "acme" };

const event = (action: string, actor: AuditParty, affected: AuditParty): AuditEvent => ({
  id: "1",
  action: action as AuditAction,
  actor,
  affected,
  date: "2026-01-31T22:19:42.841Z",
});

test.each([
  ["CREATE_API_KEY", ada, key, "Ada (ada@x) created the API key “Nightly” (K7fQ…mibC)."],
  ["SUSPEND_ACCOUNT", key, grace, "The API key “Nightly” (K7fQ…mibC) suspended grace@x."],
  ["SUSPEND_ACCOUNT", ada, ada, "Ada (ada@x) suspended themselves."],
  [
    "USE_REVOKED_API_KEY",
    key,
    key,
    "Somebody used the API key “Nightly” (K7fQ…mibC), which is revoked. The request was refused.",
  ],
  ["CHANGE_PLAN", operator, company, "The operator “Support” changed the company's plan."],
  ["DELETE_ACCOUNT", key, grace, "The API key “Nightly” (K7fQ…mibC) deleted grace@x for ever."],
  ["PAINT_ACCOUNT", operator, grace, "The operator “Support”: PAINT_ACCOUNT, grace@x."],
] as const)("%s", (action, actor, affected, expected) => {
  expect(sentence(event(action, actor, affected))).toBe(expected);
});

test("every action is a sentence", () => {
  for (const action of ACTIONS) {
    expect(sentence(event(action, ada, grace))).toMatch(/^[A-Z].*\.$/);
  }
});
