import { expect, test } from "vitest";
import { KEY, NOW } from "../api-keys/key-fixture";
import type { ApiKey, HoldReason } from "../api/client";
import { plain } from "../common/outside";
import { mattersOf } from "./matters";

const AGO = "2026-06-14T10:00:00Z";
const MINUTES_AGO = "2026-06-15T09:50:00Z";
const SOON = "2026-06-16T10:00:00Z";
const LATER = "2026-07-10T10:00:00Z";
const PAGE = "/dashboard/api-keys/01";
/** A key that somebody uses and that expires late. */
const CALM: ApiKey = { ...KEY, lastUsedAt: AGO, expiresAt: "2026-12-01T00:00:00Z" };
const SECRET = { mask: "ABcd…wxYZ", createdAt: AGO };

function hold(reason: HoldReason["reason"], from: string): ApiKey["hold"] {
  return { from, reasons: [{ reason, from }] };
}

/** The only matter of a key, and its step. */
function only(part: Partial<ApiKey>): { kind: string; text: string; when: string; step: string } {
  const [matter, ...others] = mattersOf({ ...CALM, ...part }, NOW);
  expect(others).toEqual([]);
  if (!matter) throw new Error("nothing is the matter");
  const { kind, text, when, step } = matter;
  return {
    kind,
    text: plain(text),
    when: when ? `${when.word} ${when.at}` : "",
    step: `${step.text}: ${step.place}`,
  };
}

test("nothing is the matter with a key that is used, and with one that is revoked or has expired", () => {
  expect(mattersOf(CALM, NOW)).toEqual([]);
  const leaked = { ...CALM, leakReportedAt: AGO };
  expect(mattersOf(leaked, NOW)).toHaveLength(1);
  expect(mattersOf({ ...leaked, revokedAt: AGO }, NOW)).toEqual([]);
  expect(mattersOf({ ...leaked, expiresAt: AGO }, NOW)).toEqual([]);
});

test.each([
  ["leaked", { leakReportedAt: AGO }, `Since ${AGO}`, `Revoke: ${PAGE}?step=revoke`],
  ["not-fully-revoked", { revocationBeganAt: AGO }, `Since ${AGO}`, `Revoke: ${PAGE}?step=revoke`],
  [
    "suspension-limit",
    { suspensionLimitReachedAt: "2026-06-15T10:00:00Z" },
    "Until 2026-06-15T11:00:00.000Z",
    `See what it suspended: ${PAGE}/undo?since=2026-06-15T10%3A00%3A00.000Z`,
  ],
  ["held", { hold: hold("administrator", AGO) }, `Since ${AGO}`, `Release: ${PAGE}?step=release`],
  ["held", { hold: hold("unused", AGO) }, `Since ${AGO}`, `Release: ${PAGE}?step=release`],
  ["held", { hold: hold("expiry", AGO) }, `Since ${AGO}`, `Rotate: ${PAGE}?step=rotate`],
  ["held", { hold: hold("scopes", AGO) }, `Since ${AGO}`, `Edit: ${PAGE}?step=edit`],
  ["held", { hold: hold("networks", AGO) }, `Since ${AGO}`, `Edit networks: ${PAGE}?step=networks`],
  ["held", { hold: hold("colors" as "scopes", AGO) }, `Since ${AGO}`, `See key: ${PAGE}`],
  ["will-be-held", { hold: hold("lifetime", SOON) }, `From ${SOON}`, `Rotate: ${PAGE}?step=rotate`],
  // It can't be released before it is held.
  ["will-be-held", { hold: hold("unused", SOON) }, `From ${SOON}`, `See key: ${PAGE}`],
  ["owner-suspended", { createdBy: { ...KEY.createdBy, suspended: true } }, "", `See key: ${PAGE}`],
  ["limited", { limitedAt: MINUTES_AGO, limitedBy: "key" }, `Last ${MINUTES_AGO}`, `See key: ${PAGE}`],
  ["expires-soon", { expiresAt: SOON }, `On ${SOON}`, `Rotate: ${PAGE}?step=rotate`],
  ["expires", { expiresAt: LATER }, `On ${LATER}`, `Rotate: ${PAGE}?step=rotate`],
  ["new-secret-unused", { newSecret: { ...SECRET, unusedUntil: SOON } }, `Until ${SOON}`, `See key: ${PAGE}`],
  [
    "old-secret-in-use",
    { oldSecret: { mask: SECRET.mask, endsAt: SOON, lastUsedAt: MINUTES_AGO } },
    `Until ${SOON}`,
    `See key: ${PAGE}`,
  ],
  [
    "unused",
    { lastUsedAt: "2026-01-02T00:00:00Z" },
    "Since 2026-01-02T00:00:00Z",
    `Revoke: ${PAGE}?step=revoke`,
  ],
] satisfies [string, Partial<ApiKey>, string, string][])("%s", (kind, part, when, step) => {
  expect(only(part)).toMatchObject({ kind, when, step });
  expect(only(part).text).toMatch(/^[A-Z].*\.$/);
});

test("a key expires with its last secret, which then waits for its use", () => {
  const newSecret = { ...SECRET, unusedUntil: LATER, expiresAt: LATER };
  const kinds = (part: Partial<ApiKey>) =>
    mattersOf({ ...CALM, ...part }, NOW).map(({ kind, when }) => [kind, when?.at]);
  expect(kinds({ expiresAt: SOON, newSecret })).toEqual([
    ["expires", LATER],
    ["new-secret-unused", LATER],
  ]);
  expect(kinds({ expiresAt: SOON, newSecret: { ...newSecret, expiresAt: "2026-12-01T00:00:00Z" } })).toEqual([
    ["new-secret-unused", LATER],
  ]);
  expect(kinds({ expiresAt: "2026-06-22T10:00:00Z" })).toEqual([["expires-soon", "2026-06-22T10:00:00Z"]]);
  expect(kinds({ expiresAt: "2026-06-22T10:00:01Z" })).toEqual([["expires", "2026-06-22T10:00:01Z"]]);
});

test("nothing says that a held key works", () => {
  const told = (part: Partial<ApiKey>) =>
    mattersOf(
      { ...CALM, leakReportedAt: AGO, createdBy: { ...KEY.createdBy, suspended: true }, ...part },
      NOW,
    )
      .map(({ text }) => plain(text))
      .join(" ");
  expect(told({}).match(/the key still works/gi)).toHaveLength(2);
  expect(told({ hold: hold("administrator", AGO) })).toContain("The key is held");
  expect(told({ hold: hold("administrator", AGO) })).not.toMatch(/works/);
  // A key that will be held works until then.
  expect(told({ hold: hold("networks", SOON) }).match(/the key still works/gi)).toHaveLength(2);
});

test("a suspension limit of an earlier hour, and an old secret that nobody uses, are no matters", () => {
  expect(mattersOf({ ...CALM, suspensionLimitReachedAt: "2026-06-15T09:59:59Z" }, NOW)).toEqual([]);
  expect(mattersOf({ ...CALM, oldSecret: { mask: SECRET.mask, endsAt: SOON } }, NOW)).toEqual([]);
});

test("a key with several reasons for a hold tells the one that holds it now", () => {
  const reasons: HoldReason[] = [
    { reason: "expiry", from: SOON },
    { reason: "networks", from: AGO },
  ];
  expect(only({ hold: { from: AGO, reasons } })).toMatchObject({
    kind: "held",
    step: `Edit networks: ${PAGE}?step=networks`,
  });
});

test("a key that nobody ever used says so", () => {
  const [matter] = mattersOf(KEY, NOW);
  expect(plain(matter?.text ?? [])).toBe("Nobody has ever used the key.");
  expect(matter?.when?.at).toBe(KEY.createdAt);
});
