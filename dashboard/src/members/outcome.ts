import type { Row, RowState } from "./run";

/** The outcome for an account that was changed or needed no change, in words. */
export function outcomeOf(
  { kind, account }: Extract<RowState, { account: unknown }>,
  /** Whether a key's suspension was taken back. The account may stay suspended because of somebody else. */
  isUndo: boolean,
): string {
  const isSuspended = account.state === "suspended";
  if (isUndo && isSuspended) return "Stays suspended: somebody else suspended it too";
  if (kind === "changed") return isSuspended ? "Suspended" : "Unsuspended";
  return isSuspended ? "Was suspended" : "Was active";
}

/** How many accounts an undo unsuspended, how many stay suspended, and how many were active already. */
export function undone(rows: readonly Row[]): { unsuspended: number; suspended: number; active: number } {
  const counted = { unsuspended: 0, suspended: 0, active: 0 };
  for (const { state } of rows) {
    if (!("account" in state)) continue;
    if (state.account.state === "suspended") counted.suspended += 1;
    else counted[state.kind === "changed" ? "unsuspended" : "active"] += 1;
  }
  return counted;
}
