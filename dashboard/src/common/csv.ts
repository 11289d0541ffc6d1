/** Rows as CSV (RFC 4180) that a spreadsheet opens without carrying anything out. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((cells) => cells.map(cell).join(","));
  // With the mark, spreadsheets read UTF-8 as UTF-8.
  return `\uFEFF${lines.join("\r\n")}\r\n`;
}

/** Characters at which a spreadsheet takes a cell for a formula (OWASP, CSV Injection), full-width forms included. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

function cell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) || harmless !== text ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
