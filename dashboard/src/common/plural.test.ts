import { expect, test } from "vitest";
import { plural } from "./plural";

test.each([
  [0, "0 actions"],
  [1, "1 action"],
  [2, "2 actions"],
  [10_000, "10,000 actions"],
])("%j", (count, expected) => {
  expect(plural(count, "action")).toBe(expected);
});

test("an irregular plural can be given", () => {
  expect(plural(1, "account was", "accounts were")).toBe("1 account was");
  expect(plural(21, "account was", "accounts were")).toBe("21 accounts were");
});
