import { expect, test } from "vitest";
import { failuresAsCsv } from "./csv";
import type { Row } from "./run";

const refused = (name: string, reason: string): Row => ({
  name,
  state: { kind: "refused", reason, problem: "not-found" },
});

test("what failed, and nothing else", () => {
  const account = { accountId: "a", email: "a@x", name: "A", role: "member", state: "suspended" } as const;
  const rows: Row[] = [
    { name: "done@x", state: { kind: "changed", account } },
    refused("gone@x", 'Says "no", twice'),
    { name: "open@x", state: { kind: "open" } },
  ];
  expect(failuresAsCsv(rows)).toBe(
    '\uFEFFaccount,outcome,reason\r\ngone@x,refused,"Says ""no"", twice"\r\nopen@x,not tried,\r\n',
  );
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x"])(
  "%j is no formula",
  (name) => {
    const line = failuresAsCsv([refused(name, "")]).split("refused")[0] ?? "";
    expect(line).toContain(`"'${name}"`);
  },
);
