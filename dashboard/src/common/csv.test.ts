import { expect, test } from "vitest";
import { toCsv } from "./csv";

test("cells are quoted where they must be", () => {
  expect(toCsv([["a", 'says "b"', "c,d", "e\nf", ""]])).toBe('\uFEFFa,"says ""b""","c,d","e\nf",\r\n');
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"])(
  "%j is no formula",
  (text) => {
    expect(toCsv([[text]])).toContain(`"'${text}"`);
  },
);
