import { counts, type Row, type RowState } from "./run";
import type { MemberRun } from "./run-store";

/** The outcome for an account that was changed or needed no change, in words. */
export function outcomeOf(
  { kind, account }: Extract<RowState, { account: unknown }>,
  /** Whether a key's suspension was taken back. The account may stay suspended because of another suspension. */
  isUndo: boolean,
): string {
  const isSuspended = account.state === "suspended";
  if (isUndo && isSuspended) return "Stays suspended: another suspension remains";
  if (kind === "changed") return isSuspended ? "Suspended" : "Unsuspended";
  return isSuspended ? "Was suspended" : "Was active";
}

/** How many accounts have which outcome: `2 changed, 0 unchanged, 1 refused`. */
export function summaryOf({ rows, undo }: Pick<MemberRun, "rows" | "undo">): string {
  const { open, changed, unchanged, refused } = counts(rows);
  const { unsuspended, suspended, active } = undone(rows);
  const done = undo
    ? [
        `${unsuspended} unsuspended`,
        ...(suspended > 0 ? [`${suspended} still suspended`] : []),
        ...(active > 0 ? [`${active} not suspended any more`] : []),
      ]
    : [`${changed} changed`, `${unchanged} unchanged`];
  return [...done, `${refused} refused`, ...(open > 0 ? [`${open} not done`] : [])].join(", ");
}

/** How many accounts an undo unsuspended, how many stay suspended, and how many were active already. */
function undone(rows: readonly Row[]): { unsuspended: number; suspended: number; active: number } {
  const counted = { unsuspended: 0, suspended: 0, active: 0 };
  for (const { state } of rows) {
    if (!("account" in state)) continue;
    if (state.account.state === "suspended") counted.suspended += 1;
    else counted[state.kind === "changed" ? "unsuspended" : "active"] += 1;
  }
  return counted;
}
