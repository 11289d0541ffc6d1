import { expect, test } from "vitest";
import type { Account } from "../api/client";
import { type ListAccounts, lookUp } from "./look-up";
import { planOf } from "./plan";

function account(email: string, more: Partial<Account> = {}): Account {
  return {
    accountId: `id-${email.replace("@", "-")}`,
    email,
    name: email,
    role: "member",
    state: "active",
    ...more,
  };
}

/** A company whose list has two accounts per page. */
function company(accounts: readonly Account[]): { list: ListAccounts; asked: unknown[] } {
  const asked: unknown[] = [];
  const list: ListAccounts = (query) => {
    asked.push(query);
    const { email, nextToken } = query as { email?: string; nextToken?: string };
    const [start = 0, prefix = ""] = nextToken ? nextToken.split("|") : [0, email?.toLowerCase()];
    const matching = accounts.filter((account) => account.email.toLowerCase().startsWith(prefix));
    const end = Number(start) + 2;
    return Promise.resolve({
      accounts: matching.slice(Number(start), end),
      ...(end < matching.length && { nextToken: `${end}|${prefix}` }),
    });
  };
  return { list, asked };
}

const ACME = [
  account("ada@x", { role: "company_admin" }),
  account("Bob@x", { accountId: "id-bob-x" }),
  account("bob@xyz"),
  account("cid@x", { state: "suspended" }),
  account("dan@x"),
];
const quiet = () => undefined;

test("a few addresses are looked up one by one, and their case is ignored", async () => {
  const { list, asked } = company(ACME);
  const { accounts, complete } = await lookUp(["BOB@x", "nobody@x"], list, quiet);
  expect([...accounts.keys()]).toEqual(["BOB@x"]);
  expect(accounts.get("BOB@x")?.email).toBe("Bob@x");
  expect(complete).toBe(true);
  expect(asked).toEqual([{ email: "BOB@x" }, { email: "nobody@x" }]);
});

test("account IDs are found in the company's list, which is read only as far as needed", async () => {
  const { list, asked } = company(ACME);
  const { accounts } = await lookUp(["id-bob-x", "cid@x"], list, quiet);
  expect(accounts.size).toBe(2);
  expect(asked).toHaveLength(2);
});

test("the plan counts the changes, names administrators and unknown accounts, and puts oneself last", async () => {
  const names = ["ada@x", "bob@x", "id-bob-x", "cid@x", "nobody@x"];
  const found = await lookUp(names, company(ACME).list, quiet);
  const plan = planOf(names, found, "suspend", "id-ada-x");
  expect(plan.changed.map(({ email }) => email)).toEqual(["ada@x", "Bob@x"]);
  expect(plan.unchanged.map(({ email }) => email)).toEqual(["cid@x"]);
  expect(plan.administrators.map(({ email }) => email)).toEqual(["ada@x"]);
  expect(plan.unknown).toEqual(["nobody@x"]);
  expect(plan.oneself).toBe(true);
  expect(plan.rows.map(({ name, last }) => [name, last])).toEqual([
    ["bob@x", undefined],
    ["cid@x", undefined],
    ["nobody@x", undefined],
    ["ada@x", true],
  ]);
  expect(planOf(names, found, "unsuspend", "id-ada-x").oneself).toBe(false);
});

test("a name that could not be looked up is not called unknown", () => {
  const plan = planOf(["a@x"], { accounts: new Map(), complete: false }, "suspend", "self");
  expect([plan.unknown, plan.unchecked]).toEqual([[], ["a@x"]]);
});
