import { describe, expect, test } from "vitest";
import { toCsv } from "./csv";

test("only cells that need quotes are quoted", () => {
  expect(toCsv([["a", 'says "b"', "c,d", "e\nf", "g;h", ""]])).toBe(
    '\uFEFFa,"says ""b""","c,d","e\nf","g;h",\r\n',
  );
});

test.each([
  "=1+1",
  "+1",
  "-1",
  "@SUM(A1)",
  "\tx",
  "\rx",
  "\nx",
  "＝1",
  "＋1",
  "－1",
  "＠x",
  " =1",
  "\u200F=1",
])("%j is not a formula in the file", (text) => {
  expect(toCsv([[text]])).toContain(`"'${text}"`);
});

test.each([
  ["a;=1+1", "a;'=1+1"],
  ["\t=1", "'\t'=1"],
  ["a\t@x", "a\t'@x"],
  ["a, -1", "a,' -1"],
  ["a;b-1; c", "a;b-1; c"],
])("a formula in the middle of a cell is made harmless: %j", (text, expected) => {
  expect(toCsv([[text]])).toBe(`\uFEFF"${expected}"\r\n`);
});

/** The cells in a program that splits at this separator and recognizes quotes at the beginning of a cell, as Excel does. */
function quoted(file: string, separator: string): string[] {
  const cells: string[] = [];
  let i = 0;
  while (i < file.length) {
    let text = "";
    if (file[i] === '"') {
      for (i += 1; i < file.length; i += 1) {
        if (file[i] === '"' && file[i + 1] === '"') i += 1;
        else if (file[i] === '"') break;
        text += file[i] ?? "";
      }
      i += 1;
    }
    for (; i < file.length && file[i] !== separator && !/[\r\n]/.test(file[i] ?? ""); i += 1) {
      text += file[i] ?? "";
    }
    cells.push(text);
    i += 1;
  }
  return cells;
}

/** The cells in a program that splits at this separator and ignores quotes. */
function unquoted(file: string, separator: string): string[] {
  return file.split(/[\r\n]/).flatMap((line) => line.split(separator));
}

/** Whether a cell is a formula after a program has removed the invisible characters. */
const isFormula = (cell: string) => /^[=+\-@＝＋－＠]/.test(cell.replace(/^[\p{C}\p{Z}"]+/u, ""));

/** Every text of up to five characters of the alphabet. */
function texts(): string[] {
  const alphabet = ["=", "a", '"', ",", ";", "\t", "\n", " "];
  let [all, longest] = [[""], [""]];
  for (let length = 1; length <= 5; length += 1) {
    longest = longest.flatMap((text) => alphabet.map((character) => text + character));
    all = all.concat(longest);
  }
  return all;
}

describe.each([",", ";", "\t"])("split at %j", (separator) => {
  test.each([
    ["a;=1+1"],
    ['"x;=1"'],
    ['x;"=1'],
    ["a\t=1"],
    ["a;＝1", "b;＋1", "c\t－1", "d,＠x"],
    ["a; \u00A0=1", "b;\u0000=1", "c;\u200E=1"],
    ["ends;", "=1", "ends\t", "+1"],
    ['ends;"', '"=1"', "x\u2028=1"],
    ["a\n=1", "b\r\n=1"],
  ])("no cell is a formula: %j", (...cells) => {
    const file = toCsv([["first", ...cells, "last"], cells]).slice(1);
    expect(quoted(file, separator).filter(isFormula)).toEqual([]);
    expect(unquoted(file, separator).filter(isFormula)).toEqual([]);
  });

  test("no cell is a formula, for all texts of up to five characters", () => {
    const rows = texts().map((text) => ["first", text, text]);
    for (const row of rows) {
      const file = toCsv([row, row]).slice(1);
      const found = [...quoted(file, separator), ...unquoted(file, separator)].filter(isFormula);
      expect(found, JSON.stringify(row)).toEqual([]);
    }
  });
});

test("a program that splits at the comma finds the original texts", () => {
  const row = ["a;b", 'c "d"', "e,f\ng", "h\ti"];
  expect(quoted(toCsv([row]).slice(1).trimEnd(), ",")).toEqual(row);
});
