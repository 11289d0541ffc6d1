import { expect, test } from "vitest";
import { readAccounts } from "./list";

test("entries on lines of their own are trimmed, and empty lines and a byte order mark are ignored", () => {
  expect(readAccounts("\uFEFFada@acme.example\r\n  grace@acme.example \n\nacme-member-1\n")).toEqual({
    accounts: ["ada@acme.example", "grace@acme.example", "acme-member-1"],
    duplicates: 0,
    invalid: [],
  });
});

test("commas, semicolons and tabs separate", () => {
  expect(readAccounts("a@x, b@x;c@x\td@x").accounts).toEqual(["a@x", "b@x", "c@x", "d@x"]);
});

test("duplicates are dropped: the case of an address is ignored, the case of an ID counts", () => {
  const { accounts, duplicates } = readAccounts("Ada@x\nada@X\nAda\nada\nAda");
  expect(accounts).toEqual(["Ada@x", "Ada", "ada"]);
  expect(duplicates).toBe(2);
});

test("only ASCII letters are folded, as the API compares", () => {
  expect(readAccounts("Ü@x\nü@x").accounts).toEqual(["Ü@x", "ü@x"]);
});

test("of a CSV file with an email column, only this column is read", () => {
  const csv = 'Name,Email,Team\n"Lovelace, Ada",ada@x,"a ""b"""\nGrace,grace@x,\nNobody,,\n';
  expect(readAccounts(csv)).toEqual({ accounts: ["ada@x", "grace@x"], duplicates: 0, invalid: [] });
});

test("of a CSV file without such a column, the cells with an address are read", () => {
  expect(readAccounts("Ada Lovelace,ada@x\nGrace,grace@x").accounts).toEqual(["ada@x", "grace@x"]);
});

test("addresses are read in the form that mail programs use", () => {
  expect(readAccounts('Ada Lovelace <ada@x>; "Hopper, Grace" <grace@x>').accounts).toEqual([
    "ada@x",
    "grace@x",
  ]);
});

test("an entry that is neither an address nor an ID is reported with its line", () => {
  const { accounts, invalid } = readAccounts("ada@x\n\nnot an account\na@b@c\ngrace@x");
  expect(accounts).toEqual(["ada@x", "grace@x"]);
  expect(invalid).toEqual([
    { line: 3, text: "not an account" },
    { line: 4, text: "a@b@c" },
  ]);
});

test("an API key is not an account, and the page doesn't repeat it", () => {
  const { accounts, invalid } = readAccounts("K7fQm2Vd8sTzWb4Hn9RpLc_cak1_xE3gUy6JkAoZ5tNwQvB1fM1TmibC");
  expect(accounts).toEqual([]);
  expect(invalid).toEqual([{ line: 1, text: "an API key, which must not be entered here" }]);
});

test("a text with only separators contains no accounts", () => {
  expect(readAccounts(" \n,;\t\n")).toEqual({ accounts: [], duplicates: 0, invalid: [] });
});
