import { expect, test } from "vitest";
import type { AuditAction, AuditEvent, AuditParty } from "../api/client";
import { plain } from "../common/outside";
import { readable } from "../common/time";
import { NO_DEMANDS } from "../key-policy/policy-fixture";
import { ACTIONS, details, party, sentence } from "./actions";

const none = { name: null, email: null, company: "acme" };
const ada: AuditParty = { ...none, type: "USER", id: "ada", email: "ada@x", name: "Ada" };
const grace: AuditParty = { ...none, type: "USER", id: "grace", email: "grace@x" };
const key: AuditParty = { ...none, type: "API_KEY", id: "01K", name: "Nightly", mask: "K7fQ…mibC" };
const operator: AuditParty = { ...none, type: "OPERATOR", name: "Support" };
const finder: AuditParty = { ...none, type: "FINDER" };
const github: AuditParty = { ...none, type: "GITHUB", name: "GitHub" };
const service: AuditParty = { ...none, type: "SERVICE", name: "Company API Keys" };
const company: AuditParty = { ...none, type: "COMPANY", id: "acme" };

/** The details of an event. The titles of scopes are their IDs in capitals. */
const detailsOf = (event: AuditEvent) => details(event, (scope) => scope.toUpperCase());

const event = (action: string, actor: AuditParty, affected: AuditParty): AuditEvent => ({
  id: "1",
  action: action as AuditAction,
  actor,
  affected,
  date: "2026-01-31T22:19:42.841Z",
  snapshotDate: "2026-01-31T22:20:00.000Z",
});

test.each([
  ["CREATE_API_KEY", ada, key, "Ada (ada@x) created the API key “Nightly” (K7fQ…mibC)."],
  ["SUSPEND_ACCOUNT", key, grace, "The API key “Nightly” (K7fQ…mibC) suspended grace@x."],
  ["SUSPEND_ACCOUNT", key, ada, "The API key “Nightly” (K7fQ…mibC) suspended Ada (ada@x)."],
  ["SUSPEND_ACCOUNT", grace, ada, "grace@x suspended Ada (ada@x)."],
  ["SUSPEND_ACCOUNT", ada, ada, "Ada (ada@x) suspended themselves."],
  [
    "USE_REVOKED_API_KEY",
    key,
    key,
    "Somebody used the API key “Nightly” (K7fQ…mibC), although the key is revoked or this secret has ended. The request was refused.",
  ],
  ["REVOKE_API_KEY", key, key, "The API key “Nightly” (K7fQ…mibC) revoked itself."],
  ["ROTATE_API_KEY", ada, key, "Ada (ada@x) made a new secret for the API key “Nightly” (K7fQ…mibC)."],
  ["ROTATE_API_KEY", key, key, "The API key “Nightly” (K7fQ…mibC) made a new secret for itself."],
  [
    "USE_NEW_API_KEY_SECRET",
    key,
    key,
    "The new secret of the API key “Nightly” (K7fQ…mibC) was used for the first time.",
  ],
  [
    "COMPLETE_API_KEY_ROTATION",
    ada,
    key,
    "Ada (ada@x) completed the rotation of the API key “Nightly” (K7fQ…mibC).",
  ],
  [
    "CANCEL_API_KEY_ROTATION",
    ada,
    key,
    "Ada (ada@x) canceled the rotation of the API key “Nightly” (K7fQ…mibC).",
  ],
  ["UPDATE_API_KEY", ada, key, "Ada (ada@x) edited the API key “Nightly” (K7fQ…mibC)."],
  ["HOLD_API_KEY", ada, key, "Ada (ada@x) put the API key “Nightly” (K7fQ…mibC) on hold."],
  ["RELEASE_API_KEY", ada, key, "Ada (ada@x) released the API key “Nightly” (K7fQ…mibC) from its hold."],
  ["CHANGE_KEY_POLICY", ada, company, "Ada (ada@x) changed the key policy."],
  ["CHANGE_PLAN", operator, company, "The operator “Support” changed the company's plan."],
  ["CHANGE_LIMITS", operator, company, "The operator “Support” changed the company's limits of requests."],
  ["DELETE_ACCOUNT", key, grace, "The API key “Nightly” (K7fQ…mibC) permanently deleted grace@x."],
  [
    "REFUSE_API_KEY_NETWORK",
    key,
    key,
    "Somebody used the API key “Nightly” (K7fQ…mibC) from an unknown address, which is not in the key's networks. The request was refused.",
  ],
  [
    "REACH_SUSPENSION_LIMIT",
    key,
    key,
    "The suspension limit of the API key “Nightly” (K7fQ…mibC) was reached.",
  ],
  [
    "RELEASE_SUSPENSION_LIMIT",
    ada,
    key,
    "Ada (ada@x) let the API key “Nightly” (K7fQ…mibC) suspend accounts again before the end of the hour.",
  ],
  [
    "UNDO_KEY_SUSPENSIONS",
    ada,
    key,
    "Ada (ada@x) began to undo what the API key “Nightly” (K7fQ…mibC) suspended.",
  ],
  [
    "WITHDRAW_SUSPENSION",
    ada,
    grace,
    "Ada (ada@x) withdrew what an API key said about grace@x. The account stays suspended because another suspension remains.",
  ],
  [
    "REVOKE_LEAKED_API_KEY",
    finder,
    key,
    "Somebody who found the key reported the API key “Nightly” (K7fQ…mibC) as leaked. The key was revoked.",
  ],
  [
    "REVOKE_LEAKED_API_KEY",
    github,
    key,
    "GitHub reported the API key “Nightly” (K7fQ…mibC) as leaked. The key was revoked.",
  ],
  [
    "REPORT_LEAKED_API_KEY",
    github,
    key,
    "GitHub reported the API key “Nightly” (K7fQ…mibC) as leaked. The key policy says to alert only, so the key was not revoked.",
  ],
  [
    "EXPOSE_API_KEY",
    key,
    key,
    "Somebody sent the API key “Nightly” (K7fQ…mibC) in a wrong part of a request, which is often logged. The request was refused.",
  ],
  [
    "EXPIRE_API_KEY",
    service,
    key,
    "The API key “Nightly” (K7fQ…mibC) has expired. Requests with it are refused.",
  ],
  ["REVOKE_API_KEY", service, key, "This service revoked the API key “Nightly” (K7fQ…mibC)."],
  ["PAINT_ACCOUNT", operator, grace, "The operator “Support”: PAINT_ACCOUNT, grace@x."],
] as const)("%s", (action, actor, affected, expected) => {
  expect(plain(sentence(event(action, actor, affected)))).toBe(expected);
});

test("every action is a sentence", () => {
  for (const action of ACTIONS) {
    expect(plain(sentence(event(action, ada, key)))).toMatch(/^[A-Z].*\.$/);
  }
});

test("names, addresses and masks are distinguished from our own words", () => {
  expect(sentence(event("SUSPEND_ACCOUNT", key, ada)).filter((part) => typeof part !== "string")).toEqual(
    ["Nightly", "K7fQ…mibC", "Ada", "ada@x"].map((text) => ({ outside: text })),
  );
});

test("a party without a name and an address is still named", () => {
  expect(plain(party({ ...none, type: "USER", id: "ada" }))).toBe("ada");
  expect(plain(party({ ...none, type: "USER" }))).toBe("an account");
  expect(plain(party({ ...none, type: "API_KEY", id: "01K" }))).toBe("the API key “01K”");
  expect(plain(party({ ...none, type: "OPERATOR" }))).toBe("an operator");
  const robot = { ...none, type: "ROBOT" as AuditParty["type"] };
  expect(plain(party(robot))).toBe("ROBOT");
  expect(plain(party({ ...robot, name: "R2" }))).toBe("R2");
});

test.each([
  [
    1,
    "Somebody used the API key “Nightly” (K7fQ…mibC), although the key is revoked or this secret has ended. The request was refused.",
  ],
  [
    3,
    "Somebody used the API key “Nightly” (K7fQ…mibC) 3 times, although the key is revoked or this secret has ended. The requests were refused.",
  ],
])("a revoked key used %j times", (times, expected) => {
  expect(plain(sentence({ ...event("USE_REVOKED_API_KEY", key, key), times }))).toBe(expected);
});

test("an update lists the changed and the ignored attributes", () => {
  const update = event("UPDATE_ACCOUNT", key, ada);
  const said = (part: Partial<AuditEvent>) => detailsOf({ ...update, ...part }).map(plain);
  expect(plain(sentence(update))).toBe("The API key “Nightly” (K7fQ…mibC) updated Ada (ada@x).");
  expect(said({})).toEqual([]);
  expect(said({ changes: { attributes: [] }, leftAlone: [] })).toEqual([]);
  const changes = { attributes: ["emails", "userName"], emailBefore: "ada@x", emailAfter: "countess@x" };
  expect(said({ changes, leftAlone: ["phoneNumbers", "roles"] })).toEqual([
    "Changed attributes: emails, userName.",
    "Email address: ada@x → countess@x.",
    "Ignored attributes: phoneNumbers, roles.",
  ]);
  expect(said({ leftAlone: ["roles"] })).toEqual(["Ignored attributes: roles."]);
});

test("the steps of a rotation tell what they did with the key's secrets", () => {
  const said = (action: string, secret: NonNullable<AuditEvent["secret"]>) =>
    detailsOf({ ...event(action, ada, key), secret }).map(plain);
  const at = "2026-02-03T10:00:00.000Z";
  const [mask, endedMask] = ["ABcd…wxYZ", "K7fQ…mibC"];
  expect(said("ROTATE_API_KEY", { mask, expiresAt: at, overlapSeconds: 86_400 })).toEqual([
    `New secret: ABcd…wxYZ. It expires ${readable(at)}.`,
    "The old secret works for 1 day after the first use of the new one.",
  ]);
  expect(said("ROTATE_API_KEY", { mask, overlapSeconds: 3_600, endedMask })).toEqual([
    "New secret: ABcd…wxYZ. It doesn't expire.",
    "The old secret works for 1 hour after the first use of the new one.",
    "It replaced K7fQ…mibC, which nobody had used.",
  ]);
  expect(said("USE_NEW_API_KEY_SECRET", { mask, endedMask, endsAt: at })).toEqual([
    `Current secret: ABcd…wxYZ. Old secret: K7fQ…mibC, which works until ${readable(at)}.`,
  ]);
  for (const action of ["COMPLETE_API_KEY_ROTATION", "CANCEL_API_KEY_ROTATION"]) {
    expect(said(action, { mask, endedMask, endsAt: at })).toEqual([
      "Current secret: ABcd…wxYZ. Ended secret: K7fQ…mibC.",
    ]);
  }
  // The API may have an action that this version of the page doesn't know.
  expect(said("PAINT_API_KEY", { mask })).toEqual(["Current secret: ABcd…wxYZ."]);
});

test("an edited key's event says what changed, and what the key may still do", () => {
  const said = (part: Partial<AuditEvent>) =>
    detailsOf({ ...event("UPDATE_API_KEY", ada, key), ...part }).map(plain);
  const at = "2026-02-03T10:00:00.000Z";
  const all = { attributes: ["name", "note", "expiresAt", "selfRotation", "scopes", "color"] };
  expect(said({ changes: all })).toEqual([
    "Changed: name, note, expiry, whether the key rotates itself, scopes, color.",
  ]);
  expect(
    said({
      changes: { attributes: ["scopes"] },
      remains: { scopes: ["scim", "audit-log"], suspensionLimit: "policy" },
    }),
  ).toEqual(["Changed: scopes.", "The key works for “SCIM”, “AUDIT-LOG”. It doesn't expire."]);
  const remains = {
    scopes: ["scim" as const],
    expiresAt: at,
    selfRotation: { lifetimeDays: 1 },
    suspensionLimit: "policy" as const,
  };
  expect(said({ remains })).toEqual([
    `The key works for “SCIM”. It expires ${readable(at)}.`,
    "It rotates itself, and its new secrets expire after 1 day.",
  ]);
});

test("a hold and a release say whether an administrator or the policy held the key", () => {
  const said = (action: string, heldBy: AuditEvent["heldBy"] & string) =>
    plain(sentence({ ...event(action, ada, key), heldBy }));
  expect(said("HOLD_API_KEY", "policy")).toBe("The key policy now holds the API key “Nightly” (K7fQ…mibC).");
  expect(said("RELEASE_API_KEY", "policy")).toContain("which was held because nobody used it");
  expect(said("RELEASE_API_KEY", "administrator")).toContain("from its hold");
});

test("a changed policy's event says what the policy demands", () => {
  const said = (policy: AuditEvent["policy"] & object) =>
    detailsOf({ ...event("CHANGE_KEY_POLICY", ada, company), policy }).map(plain);
  expect(said(NO_DEMANDS)).toEqual([
    "It demands nothing of keys.",
    "A key that GitHub finds in public is revoked.",
  ]);
  expect(said({ ...NO_DEMANDS, mustExpire: true, graceDays: 1, leakedKeys: "alert" })).toEqual([
    "Keys must expire.",
    "Keys that break a new rule are held after 1 day.",
    "A key that GitHub finds in public is not revoked. The dashboard shows an alert.",
  ]);
  const everything = { ...NO_DEMANDS, longestLifetimeDays: 90, unusedDays: 60 };
  expect(said({ ...everything, scopes: ["scim"] })).toEqual([
    "Keys must expire, and a secret lives at most 90 days.",
    "A key is held when nobody has used it for 60 days.",
    "Keys can call only “SCIM”.",
    "Keys that break a new rule are held after 14 days.",
    "A key that GitHub finds in public is revoked.",
  ]);
});

test("a leaked key's event says which secret was found, and where, without links", () => {
  const leak = event("REVOKE_LEAKED_API_KEY", finder, key);
  const told = (part: Partial<AuditEvent>) => detailsOf({ ...leak, ...part });
  expect(told({ leakedMask: "K7fQ…mibC" })).toEqual([]);
  const foundAt = ["https://github.example/acme/a/blob/main/.env", "http://paste.example:8080/x"];
  const details = told({ leakedMask: "ABcd…wxYZ", foundAt });
  expect(details.map(plain)).toEqual([
    "The secret that was found is ABcd…wxYZ.",
    "Found at https://github.example/acme/a/blob/main/.env",
    "Found at http://paste.example:8080/x",
  ]);
  // Anybody can report a place, so it is a text of other people.
  expect(details.flat().filter((part) => typeof part !== "string")).toEqual(
    ["ABcd…wxYZ", ...foundAt].map((text) => ({ outside: text })),
  );
});

test.each([
  ["query", "in the query of a request's address"],
  ["path", "in the path of a request's address"],
  ["body", "in the body of a request"],
  ["cookie", "in a cookie of a request"],
  ["header", "in a wrong header of a request"],
  ["trailer", "in a wrong part of a request"],
])("an exposed key's event says that the key was in the %s", (place, expected) => {
  const exposed = { ...event("EXPOSE_API_KEY", key, key), place: place as NonNullable<AuditEvent["place"]> };
  expect(plain(sentence(exposed))).toContain(` ${expected}, which is often logged.`);
  expect(detailsOf(exposed).map(plain)).toEqual([
    "Send the key only in the header Authorization. If other people can read the log, rotate the key.",
  ]);
});

test("events about networks, suspension limits and undoing have details", () => {
  const told = (action: string, part: Partial<AuditEvent>) =>
    detailsOf({ ...event(action, ada, key), ...part }).map(plain);
  expect(plain(sentence({ ...event("REFUSE_API_KEY_NETWORK", key, key), ip: "198.51.100.7" }))).toContain(
    "from 198.51.100.7, which is not",
  );
  expect(told("REACH_SUSPENSION_LIMIT", { suspensionsPerHour: 1000 })[0]).toContain(
    "1,000 accounts in an hour",
  );
  const since = "2026-01-31T22:00:00.000Z";
  expect(told("UNDO_KEY_SUSPENSIONS", { since })).toEqual([
    `It covers the suspensions since ${readable(since)}.`,
  ]);
  expect(told("UNSUSPEND_ACCOUNT", { undo: "01K" })).toEqual([
    "Part of an undo of what an API key suspended.",
  ]);
  const remains = (part: object) =>
    told("UPDATE_API_KEY", {
      remains: { scopes: ["deprovisioning"], suspensionLimit: "policy", ...part },
    }).slice(1);
  expect(remains({ networks: { mode: "enforce", ranges: ["203.0.113.0/24", "::1/128"] } })).toEqual([
    "It can be used only from 203.0.113.0/24, ::1/128.",
  ]);
  expect(remains({ networks: { mode: "report", ranges: ["::1/128"] }, suspensionLimit: "policy" })).toEqual([
    "Its list of networks, which only reports, is ::1/128.",
  ]);
  expect(remains({ suspensionLimit: "unlimited" })).toEqual(["It has no suspension limit."]);
  expect(remains({ suspensionLimit: 1 })).toEqual(["It can suspend at most 1 account in an hour."]);
});

test("what the service noticed by itself is told in the past, with the number of days and when", () => {
  const said = (action: string, part: Partial<AuditEvent>) => {
    const noticed = { ...event(action, service, key), ...part };
    return [sentence(noticed), ...detailsOf(noticed)].map(plain);
  };
  const at = "2026-02-03T10:00:00.000Z";
  const name = "the API key “Nightly” (K7fQ…mibC)";
  expect(said("ANNOUNCE_API_KEY_EXPIRY", { days: 7, expiresAt: at })).toEqual([
    `This service noticed that ${name} would expire within 7 days.`,
    `Its expiry was ${readable(at)}.`,
  ]);
  expect(said("ANNOUNCE_API_KEY_EXPIRY", { days: 1 })[0]).toContain("would expire within 1 day.");
  expect(said("EXPIRE_API_KEY", { expiresAt: at })[1]).toBe(`It expired ${readable(at)}.`);
  expect(said("REPORT_UNUSED_API_KEY", { days: 90, lastUsedAt: at })).toEqual([
    `This service noticed that nobody had used ${name} for 90 days.`,
    `Until then, its last use was ${readable(at)}.`,
  ]);
  expect(said("REPORT_UNUSED_API_KEY", { days: 90 })[1]).toBe("Until then, nobody had ever used it.");
  const secret = { mask: "ABcd…wxYZ", endedMask: "ABcd…wxYZ", endsAt: at };
  expect(said("REPORT_UNUSED_API_KEY_SECRET", { days: 7, secret })).toEqual([
    `This service noticed that nobody had used the new secret of ${name} for 7 days.`,
    `New secret: ABcd…wxYZ. It was to end ${readable(at)} if nobody used it before.`,
  ]);
  // Other events may have a time of their own that is told elsewhere.
  expect(said("REVOKE_API_KEY", { expiresAt: at, lastUsedAt: at })).toHaveLength(1);
});
