import { toCsv } from "../common/csv";
import type { Row } from "./run";

/** The accounts that failed or were not tried, as CSV. */
export function failuresAsCsv(rows: readonly Row[]): string {
  return asCsv(rows.filter(({ state }) => state.kind === "refused" || state.kind === "open"));
}

/** The outcome for each account, as CSV. */
export function resultsAsCsv(rows: readonly Row[]): string {
  return asCsv(rows);
}

function asCsv(rows: readonly Row[]): string {
  const cells = rows.map(({ name, state }) => [
    name,
    state.kind === "open" ? "not tried" : state.kind,
    state.kind === "refused" ? state.reason : "",
  ]);
  return toCsv([["account", "outcome", "reason"], ...cells]);
}
