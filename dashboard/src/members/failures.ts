import { toCsv } from "../common/csv";
import { outcomeOf } from "./outcome";
import type { Row } from "./run";
import type { MemberRun } from "./run-store";

/** The part of a run that is downloaded. */
type Downloaded = Pick<MemberRun, "rows" | "undo">;

/** The accounts that failed or were not tried, as CSV. */
export function failuresAsCsv({ rows, undo }: Downloaded): string {
  const failed = rows.filter(({ state }) => state.kind === "refused" || state.kind === "open");
  return undo ? undoAsCsv(failed) : asCsv(failed);
}

/** The outcome for each account, as CSV. */
export function resultsAsCsv({ rows, undo }: Downloaded): string {
  return undo ? undoAsCsv(rows) : asCsv(rows);
}

function asCsv(rows: readonly Row[]): string {
  const cells = rows.map((row) => [row.name, outcome(row), reason(row)]);
  return toCsv([["account", "outcome", "reason"], ...cells]);
}

function undoAsCsv(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const { name, label, state } = row;
    const done = "account" in state ? outcomeOf(state, true) : outcome(row);
    return [name, label ?? "", done, reason(row)];
  });
  return toCsv([["accountId", "account", "outcome", "reason"], ...cells]);
}

function outcome({ state }: Row): string {
  return state.kind === "open" ? "not tried" : state.kind;
}

function reason({ state }: Row): string {
  return state.kind === "refused" ? state.reason : "";
}
