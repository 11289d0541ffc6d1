import { toCsv } from "../common/csv";
import type { Row } from "./run";

/** What could not be done, as CSV. */
export function failuresAsCsv(rows: readonly Row[]): string {
  const failed = rows.flatMap(({ name, state }) => {
    if (state.kind === "refused") return [[name, "refused", state.reason]];
    return state.kind === "open" ? [[name, "not tried", ""]] : [];
  });
  return toCsv([["account", "outcome", "reason"], ...failed]);
}
