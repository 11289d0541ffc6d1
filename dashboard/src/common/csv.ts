/** Rows as CSV (RFC 4180). A spreadsheet finds no formula in it, whichever separator it splits at. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((cells) => cells.map(cell).join(","));
  // With this mark, spreadsheets read the file as UTF-8.
  return `\uFEFF${lines.join("\r\n")}\r\n`;
}

/**
 * The beginning of a formula (OWASP, CSV Injection), including full-width and small forms. Programs remove spaces,
 * control characters, direction marks and quotes before it.
 */
const FORMULA = String.raw`[\p{C}\p{Z}"]*[=+\-@＝＋－＠﹦﹢﹣﹫]`;

/** A formula, or a tab or line break, at the beginning of a cell. */
const FIRST = new RegExp(`^(?=${FORMULA}|[\\t\\r\\n])`, "u");

/**
 * After every character at which some program splits a file. In many countries a spreadsheet splits at `;` instead of
 * the comma. It then finds our quotes in the middle of its cells, where they protect nothing.
 */
const FURTHER_ON = new RegExp(`([,;|\\t\\n\\v\\f\\r\\u0085\\u2028\\u2029])(?=${FORMULA})`, "gu");

/** An apostrophe before a formula makes it a text. */
function cell(text: string): string {
  const harmless = text.replace(FURTHER_ON, "$1'").replace(FIRST, "'");
  return /[",;|\p{Cc}\u2028\u2029]/u.test(harmless) || harmless !== text
    ? `"${harmless.replaceAll('"', '""')}"`
    : harmless;
}
