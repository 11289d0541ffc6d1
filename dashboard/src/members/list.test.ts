import { expect, test } from "vitest";
import { readAccounts } from "./list";

test("one a line, trimmed, empty lines and a byte order mark left out", () => {
  expect(readAccounts("\uFEFFada@acme.example\r\n  grace@acme.example \n\nacme-member-1\n")).toEqual({
    accounts: ["ada@acme.example", "grace@acme.example", "acme-member-1"],
    duplicates: 0,
    invalid: [],
  });
});

test("commas, semicolons and tabs separate", () => {
  expect(readAccounts("a@x, b@x;c@x\td@x").accounts).toEqual(["a@x", "b@x", "c@x", "d@x"]);
});

test("duplicates are dropped, whatever the case of an address; of an ID the case counts", () => {
  const { accounts, duplicates } = readAccounts("Ada@x\nada@X\nAda\nada\nAda");
  expect(accounts).toEqual(["Ada@x", "Ada", "ada"]);
  expect(duplicates).toBe(2);
});

test("only ASCII letters are folded, as the API compares", () => {
  expect(readAccounts("Ü@x\nü@x").accounts).toEqual(["Ü@x", "ü@x"]);
});

test("the column of a CSV file that is named so", () => {
  const csv = 'Name,Email,Team\n"Lovelace, Ada",ada@x,"a ""b"""\nGrace,grace@x,\nNobody,,\n';
  expect(readAccounts(csv)).toEqual({ accounts: ["ada@x", "grace@x"], duplicates: 0, invalid: [] });
});

test("without such a column, the cells with an address", () => {
  expect(readAccounts("Ada Lovelace,ada@x\nGrace,grace@x").accounts).toEqual(["ada@x", "grace@x"]);
});

test("addresses as mail programs write them", () => {
  expect(readAccounts('Ada Lovelace <ada@x>; "Hopper, Grace" <grace@x>').accounts).toEqual([
    "ada@x",
    "grace@x",
  ]);
});

test("what is neither is told with its line", () => {
  const { accounts, invalid } = readAccounts("ada@x\n\nnot an account\na@b@c\ngrace@x");
  expect(accounts).toEqual(["ada@x", "grace@x"]);
  expect(invalid).toEqual([
    { line: 3, text: "not an account" },
    { line: 4, text: "a@b@c" },
  ]);
});

test("an API key is no account, and not repeated", () => {
  const { accounts, invalid } = readAccounts("K7fQm2Vd8sTzWb4Hn9RpLc_cak1_xE3gUy6JkAoZ5tNwQvB1fM1TmibC");
  expect(accounts).toEqual([]);
  expect(invalid).toEqual([{ line: 1, text: "an API key, which belongs nowhere here" }]);
});

test("nothing", () => {
  expect(readAccounts(" \n,;\t\n")).toEqual({ accounts: [], duplicates: 0, invalid: [] });
});
