import { expect, test } from "vitest";
import { failuresAsCsv, resultsAsCsv } from "./failures";
import type { Row } from "./run";

test("the file contains the accounts that failed, and no others", () => {
  const account = { accountId: "a", email: "a@x", name: "A", role: "member", state: "suspended" } as const;
  const rows: Row[] = [
    { name: "done@x", state: { kind: "changed", account } },
    { name: "gone@x", state: { kind: "refused", reason: 'Says "no", twice', problem: "not-found" } },
    { name: "open@x", state: { kind: "open" } },
  ];
  expect(failuresAsCsv({ rows })).toBe(
    '\uFEFFaccount,outcome,reason\r\ngone@x,refused,"Says ""no"", twice"\r\nopen@x,not tried,\r\n',
  );
});

test("the results of an undo name the accounts twice, and hold no formula", () => {
  const account = { accountId: "a1", role: "member" } as const;
  const rows: Row[] = [
    { name: "a1", label: "=ada@x", state: { kind: "changed", account: { ...account, state: "active" } } },
    { name: "a2", label: "b@x", state: { kind: "changed", account: { ...account, state: "suspended" } } },
    { name: "a3", label: "c@x", state: { kind: "unchanged", account: { ...account, state: "active" } } },
    { name: "a4", label: "d@x", state: { kind: "refused", reason: "+gone", problem: "not-found" } },
  ];
  const undo = { keyId: "k", keyName: "Okta", since: "2026-02-01T02:00:00.000Z" };
  expect(resultsAsCsv({ rows, undo }).split("\r\n").slice(1, -1)).toEqual([
    `a1,"'=ada@x",Unsuspended,`,
    "a2,b@x,Stays suspended: another suspension remains,",
    "a3,c@x,Was active,",
    `a4,d@x,refused,"'+gone"`,
  ]);
  expect(failuresAsCsv({ rows, undo }).split("\r\n")).toHaveLength(3);
});
