import { describe, expect, test } from "vitest";
import { toCsv } from "./csv";

test("cells are quoted where they must be", () => {
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
])("%j is no formula", (text) => {
  expect(toCsv([[text]])).toContain(`"'${text}"`);
});

test.each([
  ["a;=1+1", "a;'=1+1"],
  ["\t=1", "'\t'=1"],
  ["a\t@x", "a\t'@x"],
  ["a, -1", "a,' -1"],
  ["a;b-1; c", "a;b-1; c"],
])("in the middle of a cell: %j", (text, expected) => {
  expect(toCsv([[text]])).toBe(`\uFEFF"${expected}"\r\n`);
});

/** The cells that a program finds which splits here and takes a quote for one where a cell begins, as Excel does. */
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

/** The cells that a program finds which splits here and knows no quotes. */
function unquoted(file: string, separator: string): string[] {
  return file.split(/[\r\n]/).flatMap((line) => line.split(separator));
}

/** What a cell is once a program has removed what can't be seen. */
const isFormula = (cell: string) => /^[=+\-@＝＋－＠]/.test(cell.replace(/^[\p{C}\p{Z}"]+/u, ""));

/** Every text of up to five of these. */
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

  test("whatever the texts are", () => {
    const rows = texts().map((text) => ["first", text, text]);
    for (const row of rows) {
      const file = toCsv([row, row]).slice(1);
      const found = [...quoted(file, separator), ...unquoted(file, separator)].filter(isFormula);
      expect(found, JSON.stringify(row)).toEqual([]);
    }
  });
});

test("split at the comma, the texts are whole", () => {
  const row = ["a;b", 'c "d"', "e,f\ng", "h\ti"];
  expect(quoted(toCsv([row]).slice(1).trimEnd(), ",")).toEqual(row);
});
