import { expect, test } from "vitest";
import { filterFrom } from "../activity/filter";
import { KEY, NOW } from "../api-keys/key-fixture";
import type { ApiKey, AuditEvent } from "../api/client";
import { plain } from "../common/outside";
import { type Reading, rowsOf } from "./rows";

const AGO = "2026-06-14T10:00:00Z";
const SOON = "2026-06-16T10:00:00Z";
const CALM: ApiKey = { ...KEY, lastUsedAt: AGO };

function key(keyId: string, part: Partial<ApiKey>): ApiKey {
  return { ...CALM, keyId, name: `Key ${keyId}`, ...part };
}

function event(action: AuditEvent["action"], keyId: string, date: string, part: Partial<AuditEvent> = {}) {
  const party = {
    type: "API_KEY",
    id: keyId,
    name: `Key ${keyId}`,
    mask: KEY.mask,
    email: null,
    company: "acme",
  };
  return { id: date, action, actor: party, affected: party, date, snapshotDate: date, ...part } as AuditEvent;
}

function rows(part: Partial<Reading>) {
  return rowsOf({ active: [], expired: [], events: [], ...part }, NOW);
}

/** The keys and what is the matter with them, in order. */
function told(part: Partial<Reading>): string[] {
  return rows(part).map(({ keyId, matters }) => `${keyId} ${matters.map(({ kind }) => kind).join(" ")}`);
}

test("the most urgent keys and matters are first, and a key has one row", () => {
  const active = [
    key("calm", {}),
    key("unused", { lastUsedAt: "2026-01-02T00:00:00Z" }),
    key("later", { expiresAt: "2026-07-02T00:00:00Z" }),
    key("b", { expiresAt: SOON }),
    key("a", { expiresAt: SOON }),
    key("sooner", { expiresAt: "2026-06-15T12:00:00Z" }),
    key("both", { expiresAt: SOON, leakReportedAt: AGO, lastUsedAt: "2026-01-02T00:00:00Z" }),
  ];
  const expired = [key("over", { expiresAt: AGO })];
  const events = [event("USE_REVOKED_API_KEY", "both", AGO), event("USE_REVOKED_API_KEY", "gone", AGO)];
  expect(told({ active, expired, events })).toEqual([
    "both leaked used-after-end expires-soon unused",
    "over expired",
    "gone used-after-end",
    "sooner expires-soon",
    "a expires-soon",
    "b expires-soon",
    "later expires",
    "unused unused",
  ]);
  expect(rows({ active, expired, events }).map(({ isActive }) => isActive)).toEqual([
    true,
    false,
    false,
    true,
    true,
    true,
    true,
    true,
  ]);
});

test("a key that expired long ago, or was revoked, needs no attention", () => {
  expect(told({ expired: [key("new", { expiresAt: "2026-06-08T10:00:00Z" })] })).toEqual(["new expired"]);
  expect(told({ expired: [key("old", { expiresAt: "2026-06-08T09:59:59Z" })] })).toEqual([]);
  expect(told({ expired: [key("gone", { expiresAt: AGO, revokedAt: AGO })] })).toEqual([]);
});

test("the uses after the end of a key are counted together, with the last time and a link to them", () => {
  const events = [
    event("USE_REVOKED_API_KEY", "k/1", SOON, { times: 1200 }),
    event("USE_REVOKED_API_KEY", "k/1", AGO, { times: 3 }),
    event("USE_REVOKED_API_KEY", "k/1", AGO),
  ];
  const [row] = rows({ events });
  const [matter] = row?.matters ?? [];
  expect(row).toMatchObject({ name: "Key k/1", mask: KEY.mask, isActive: false });
  expect(plain(matter?.text ?? [])).toContain("after its end, 1,204 times.");
  expect(matter?.when).toEqual({ word: "Last", at: SOON });
  const query = new URLSearchParams(matter?.step.place.split("?")[1]);
  expect(filterFrom(query)).toMatchObject({
    range: "7d",
    actions: ["USE_REVOKED_API_KEY"],
    involving: "k/1",
  });
  // Of an active key, a secret has ended.
  const [active] = rows({ active: [key("k/1", { name: "Renamed" })], events });
  expect(active).toMatchObject({ name: "Renamed", isActive: true });
  expect(plain(active?.matters[0].text ?? [])).toContain("a secret of the key that has ended, 1,204 times");
});

test("a key that was revoked because it leaked says who found it and where, and leads to a replacement", () => {
  const leak = (type: "GITHUB" | "FINDER", foundAt?: string[]) =>
    event("REVOKE_LEAKED_API_KEY", "k", AGO, {
      actor: { type, id: null, name: null, email: null, company: null } as unknown as AuditEvent["actor"],
      ...(foundAt && { foundAt }),
    });
  const [row] = rows({ events: [leak("GITHUB", ["https://a.example/1", "https://b.example/2"])] });
  expect(row).toMatchObject({ keyId: "k", name: "Key k", mask: KEY.mask, isActive: false });
  expect(row?.matters).toMatchObject([
    {
      kind: "leaked-and-revoked",
      when: { word: "On", at: AGO },
      step: { text: "Create replacement", place: "/dashboard/api-keys/k?step=replace" },
    },
  ]);
  const text = (events: AuditEvent[]) => plain(rows({ events })[0]?.matters[0].text ?? []);
  expect(plain(row?.matters[0].text ?? [])).toBe(
    "GitHub reported the key as leaked, so it was revoked. It was found at https://a.example/1, https://b.example/2.",
  );
  expect(text([leak("FINDER")])).toBe("Somebody found the key and reported it as leaked, so it was revoked.");
  // Its uses since are in the same row.
  const events = [event("USE_REVOKED_API_KEY", "k", SOON), leak("FINDER")];
  expect(told({ events })).toEqual(["k leaked-and-revoked used-after-end"]);
});

test("nothing says that a held key works if one of its secrets is used after its end", () => {
  const events = [event("USE_REVOKED_API_KEY", "k", AGO)];
  const texts = (part: Partial<ApiKey>) =>
    rows({ active: [key("k", part)], events })[0]
      ?.matters.map(({ text }) => plain(text))
      .join(" ");
  expect(texts({})).toContain("The key itself works.");
  const hold: ApiKey["hold"] = { from: AGO, reasons: [{ reason: "administrator", from: AGO }] };
  expect(texts({ hold })).toContain("The key is held");
  expect(texts({ hold })).not.toMatch(/works/);
});

test("an exposed secret needs attention until it has ended", () => {
  const events = [event("EXPOSE_API_KEY", "k", AGO)];
  const step = (part: Partial<ApiKey>) => rows({ active: [key("k", part)], events })[0]?.matters[0].step.text;
  expect(told({ active: [key("k", {})], events })).toEqual(["k exposed"]);
  expect(step({})).toBe("Rotate");
  // The exposed secret is the old one now.
  const rotated = { mask: "ABcd…wxYZ", oldSecret: { mask: KEY.mask, endsAt: SOON } };
  expect(step(rotated)).toBe("Complete rotation");
  expect(
    told({ active: [key("k", { ...rotated, oldSecret: { mask: KEY.mask, endsAt: AGO } })], events }),
  ).toEqual([]);
  expect(told({ active: [key("k", { mask: "ABcd…wxYZ" })], events })).toEqual([]);
  // Only the list of active keys says that the key still works.
  expect(told({ active: [], events })).toEqual([]);
  expect(rowsOf({ active: undefined, expired: undefined, events }, NOW)).toEqual([]);
});
