import { expect, test } from "vitest";
import { failuresAsCsv } from "./failures";
import type { Row } from "./run";

test("the file contains the accounts that failed, and no others", () => {
  const account = { accountId: "a", email: "a@x", name: "A", role: "member", state: "suspended" } as const;
  const rows: Row[] = [
    { name: "done@x", state: { kind: "changed", account } },
    { name: "gone@x", state: { kind: "refused", reason: 'Says "no", twice', problem: "not-found" } },
    { name: "open@x", state: { kind: "open" } },
  ];
  expect(failuresAsCsv(rows)).toBe(
    '\uFEFFaccount,outcome,reason\r\ngone@x,refused,"Says ""no"", twice"\r\nopen@x,not tried,\r\n',
  );
});
