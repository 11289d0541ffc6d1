import { expect, test } from "vitest";
import { initials } from "./initials";

test.each([
  ["Ada Lovelace", "AL"],
  ["Ada King Lovelace", "AL"],
  ["Ada", "A"],
  ["member-1@acme.example", "M1"],
  ["grace.hopper@acme.example", "GH"],
  ["李 小龍", "李小"],
  ["\u200Fעדה \u200Eלאבלייס", "על"],
  ["", "?"],
  ["  -- ", "?"],
])("%s", (name, expected) => {
  expect(initials(name)).toBe(expected);
});
