import { expect, test } from "vitest";
import type { KeySuspension } from "../api/client";
import type { RowState } from "../members/run";
import type { MemberRun, OtherKey } from "../members/run-store";
import { otherKeys, remaining, rowsOf, undoAlso } from "./other-keys";

const SINCE = "2026-02-01T02:00:00.000Z";
const LATER = "2026-02-01T02:30:00.000Z";

type Suspender = KeySuspension["alsoBy"][number];

const by = (id: string, part: Partial<Suspender> = {}): Suspender => ({
  type: "apiKey",
  id,
  name: `Key ${id}`,
  at: LATER,
  ...part,
});
const suspension = (accountId: string, ...alsoBy: Suspender[]): KeySuspension => ({
  eventId: `event-${accountId}`,
  at: LATER,
  action: "SUSPEND_ACCOUNT",
  accountId,
  email: `${accountId}@x`,
  state: "suspended",
  undo: "stays-suspended",
  alsoBy,
});
const brief = (others: readonly OtherKey[]) =>
  others.map(({ keyId, accounts }) => [keyId, ...accounts.map(({ accountId }) => accountId)]);

test("only API keys are other keys, and only what they did since the time", () => {
  const found = otherKeys(
    [
      suspension("a", by("1"), by("2")),
      suspension("b", by("admin", { type: "account" }), by("op", { type: "operator" })),
      suspension("c", by("1", { at: SINCE }), by("2", { at: "2026-02-01T01:59:59.999Z" })),
    ],
    SINCE,
  );
  expect(brief(found)).toEqual([
    ["1", "a", "c"],
    ["2", "a"],
  ]);
  expect(found[0]).toMatchObject({ keyName: "Key 1", accounts: [{ email: "a@x" }, { email: "c@x" }] });
});

test("the accounts that stay suspended are on offer, key by key, until the last one", () => {
  const chosen = [suspension("a", by("1")), suspension("b", by("1"), by("2")), suspension("c", by("2"))];
  const run = (undo: MemberRun["undo"], rows: MemberRun["rows"], states: string): MemberRun => ({
    id: "run",
    change: "unsuspend",
    status: "done",
    downloaded: false,
    undo,
    rows: rows.map((row, i) => ({ ...row, state: stateOf(states[i] ?? "") })),
  });
  const others = otherKeys(chosen, SINCE);
  const first = run({ keyId: "0", keyName: "Key 0", since: SINCE, others }, chosen.flatMap(rowsOf), "sus");
  expect(brief(remaining(first))).toEqual([
    ["1", "a"],
    ["2", "c"],
  ]);
  const whole = { ...first, rows: run(undefined, first.rows, "sss").rows };
  const offered = remaining(whole);
  expect(brief(offered)).toEqual([
    ["1", "a", "b"],
    ["2", "b", "c"],
  ]);
  const page = { pageKeyId: "0", since: SINCE };
  const [one] = offered;
  if (!one) throw new Error("nothing is on offer");
  const also = undoAlso(one, offered, page);
  expect(also.undo).toMatchObject({ keyId: "1", keyName: "Key 1", pageKeyId: "0", since: SINCE });
  // Each undo has an event of its own.
  expect(also.undo.undoId).toBeUndefined();
  expect(also.rows).toEqual(one.accounts.flatMap(rowsOf));
  // The account that stays suspended, and the one that only the other key suspended, are left.
  expect(brief(remaining(run(also.undo, also.rows, "us")))).toEqual([["2", "b", "c"]]);
  expect(brief(remaining(run(also.undo, also.rows, "uu")))).toEqual([["2", "c"]]);
  expect(remaining(run({ ...also.undo, others: [] }, also.rows, "us"))).toEqual([]);
});

test("an account that the undo didn't reach is not on offer", () => {
  const chosen = [suspension("a", by("1"))];
  const rows = chosen.flatMap(rowsOf);
  const undo = { keyId: "0", keyName: "Key 0", since: SINCE, others: otherKeys(chosen, SINCE) };
  const run: MemberRun = { id: "run", change: "unsuspend", status: "stopped", downloaded: false, undo, rows };
  expect(remaining(run)).toEqual([]);
  const refused: RowState = { kind: "refused", reason: "no", problem: "not-found" };
  expect(remaining({ ...run, rows: rows.map((row) => ({ ...row, state: refused })) })).toEqual([]);
});

/** `s` stays suspended, and `u` is unsuspended. */
function stateOf(letter: string): RowState {
  const state = letter === "s" ? "suspended" : "active";
  return { kind: "changed", account: { accountId: "", role: "member", state } };
}
