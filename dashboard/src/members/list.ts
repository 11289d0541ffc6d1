/** The accounts in a text that somebody pasted or uploaded. */
export interface NamedAccounts {
  /** Email addresses and account IDs, each once, in the order of the text. */
  accounts: string[];
  /** How many entries repeat an earlier one. */
  duplicates: number;
  /** The entries that are neither an email address nor an account ID, with their lines. */
  invalid: { line: number; text: string }[];
}

/** The maximum number of accounts in one list. */
export const MOST_ACCOUNTS = 10_000;
/** The maximum size of an uploaded file in bytes. */
export const MOST_BYTES = 1_000_000;

const ACCOUNT_ID = /^[0-9A-Za-z_-]{1,64}$/;
const EMAIL = /^[^\s@"<>]+@[^\s@"<>]+$/;
/** An API key. It must not be sent as an account. */
const API_KEY = /[0-9A-Za-z]{22}_cak1_[0-9A-Za-z]{28}/;
const EMAIL_COLUMNS = new Set(["email", "e-mail", "mail", "username", "email address", "emailaddress"]);

/**
 * Reads a list of email addresses or account IDs, one per line or separated by commas, semicolons or tabs. If the first
 * line names a column `email` (or `userName`), only this column is read.
 */
export function readAccounts(text: string): NamedAccounts {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .map((line, i) => ({ line: i + 1, cells: cellsOf(line) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""));
  const column = (lines[0]?.cells ?? []).findIndex((cell) => EMAIL_COLUMNS.has(cell.toLowerCase()));
  const rows = column < 0 ? lines : lines.slice(1);
  const found: NamedAccounts = { accounts: [], duplicates: 0, invalid: [] };
  const seen = new Set<string>();
  for (const { line, cells } of rows) {
    for (const cell of column < 0 ? wanted(cells) : [cells[column] ?? ""]) {
      const account = bare(cell);
      if (account === "") continue;
      // Addresses are compared as the API does: only ASCII letters are folded.
      const key = fold(account);
      if (API_KEY.test(account))
        found.invalid.push({ line, text: "an API key, which must not be entered here" });
      else if (!EMAIL.test(account) && !ACCOUNT_ID.test(account)) found.invalid.push({ line, text: cell });
      else if (seen.has(account.includes("@") ? key : account)) found.duplicates += 1;
      else {
        seen.add(account.includes("@") ? key : account);
        found.accounts.push(account);
      }
    }
  }
  return found;
}

/** Folds ASCII letters and no others, as the API does to compare addresses. */
export function fold(address: string): string {
  return address.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** In a line with an address, the other cells are ignored, because they are names and similar. */
function wanted(cells: string[]): string[] {
  const addresses = cells.filter((cell) => cell.includes("@"));
  return addresses.length > 0 ? addresses : cells;
}

/** `Ada Lovelace <ada@acme.example>` names `ada@acme.example`. */
function bare(cell: string): string {
  return /<([^<>]*)>\s*$/.exec(cell)?.[1]?.trim() ?? cell;
}

/** The cells of a line. A separator in quotes belongs to the cell, and two quotes mean one (RFC 4180). */
function cellsOf(line: string): string[] {
  const cells = [""];
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const [character, next] = [line[i] ?? "", line[i + 1]];
    const last = cells.length - 1;
    if (quoted && character === '"' && next === '"') {
      cells[last] += '"';
      i += 1;
    } else if (character === '"' && (quoted || cells[last]?.trim() === "")) quoted = !quoted;
    else if (!quoted && /[,;\t]/.test(character)) cells.push("");
    else cells[last] += character;
  }
  return cells.map((cell) => cell.trim());
}
