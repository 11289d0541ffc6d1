import type { Account, AccountResult } from "../api/client";
import { Problem, asProblem, problemFrom } from "../api/problem";
import { BATCH } from "./use-members";

/** What is kept of an account: there may be thousands. */
export type ChangedAccount = Pick<Account, "accountId" | "role" | "state">;

/** What became of one account of a run. */
export type RowState =
  /** Not tried yet, or tried without an answer: it is asked for again, never assumed. */
  | { kind: "open" }
  | { kind: "changed"; account: ChangedAccount }
  | { kind: "unchanged"; account: ChangedAccount }
  | { kind: "refused"; reason: string; problem: string };

/** An account of a run. */
export interface Row {
  name: string;
  state: RowState;
  /** Done when nothing else is open: whoever runs this would lose the right to go on. */
  last?: true;
}

/** How a run stands. */
export interface RunState {
  rows: readonly Row[];
  /** `interrupted` by a reload of the page. */
  status: "running" | "stopped" | "paused" | "interrupted" | "done";
  /** Why it is paused. */
  problem?: Problem;
}

/** What a run needs from outside. */
export interface RunTools {
  send: (names: readonly string[]) => Promise<AccountResult[]>;
  wait: (milliseconds: number) => Promise<void>;
  report: (state: RunState) => void;
  stopped: () => boolean;
}

/** Pauses before a batch without an answer is sent again. */
const PAUSES = [1_000, 3_000, 8_000];

/**
 * Sends what is open, batch by batch, until nothing is. A batch that got no answer is sent again: the accounts that it
 * changed are `unchanged` then. Where that goes on, or the right to do so has ended, the run pauses and can be continued.
 */
export async function run(rows: readonly Row[], tools: RunTools): Promise<RunState> {
  let state: RunState = { rows, status: "running" };
  const become = (next: Partial<RunState>) => {
    state = { ...state, ...next };
    tools.report(state);
    return state;
  };
  become({});
  let failures = 0;
  for (;;) {
    const open = state.rows.filter((row) => row.state.kind === "open");
    const first = open.filter((row) => !row.last);
    const batch = (first.length > 0 ? first : open).slice(0, BATCH);
    if (batch.length === 0) return become({ status: "done" });
    if (tools.stopped()) return become({ status: "stopped" });
    const names = batch.map((row) => row.name);
    let problem: Problem | undefined;
    try {
      const answered = await answers(names, tools);
      become({ rows: state.rows.map((row) => ({ ...row, state: answered.get(row.name) ?? row.state })) });
      // Accounts that were not tried, for want of time: the answer says so, and they stay open.
      if (answered.size === 0) problem = problemFrom(503, undefined);
    } catch (error) {
      problem = asProblem(error);
    }
    if (!problem) {
      failures = 0;
      continue;
    }
    const pause = PAUSES[failures];
    if (pause === undefined || !problem.isTemporary) {
      return become({ status: "paused", problem });
    }
    failures += 1;
    await tools.wait(pause);
  }
}

/** What became of these; of those that may be asked for again, nothing. */
async function answers(names: readonly string[], tools: RunTools): Promise<Map<string, RowState>> {
  const answered = new Map<string, RowState>();
  let results: AccountResult[];
  try {
    results = await tools.send(names);
  } catch (error) {
    // A name that the API doesn't take refuses the whole batch; the others are sent again without it.
    if (!(error instanceof Problem)) throw error;
    names.forEach((name, i) => {
      const reason = error.fields.get(`accounts[${i}]`);
      if (reason) answered.set(name, { kind: "refused", reason, problem: error.kind });
    });
    if (answered.size === 0) throw error;
    return answered;
  }
  names.forEach((name, i) => {
    const result = results[i];
    if (result?.outcome === "refused") {
      const problem = result.problem?.type.split(":").at(-1) ?? "";
      if (problem !== "unavailable") {
        answered.set(name, { kind: "refused", reason: result.problem?.detail ?? "", problem });
      }
    } else if (result?.account) {
      const { accountId, role, state } = result.account;
      answered.set(name, { kind: result.outcome, account: { accountId, role, state } });
    }
  });
  return answered;
}

/** Rows to begin with. */
export function openRows(names: readonly string[]): Row[] {
  return names.map((name) => ({ name, state: { kind: "open" } }));
}

/** The same rows, with those that were refused open again. */
export function reopened(rows: readonly Row[]): Row[] {
  return rows.map((row) => (row.state.kind === "refused" ? { ...row, state: { kind: "open" } } : row));
}

/** How many are in which state. */
export function counts(rows: readonly Row[]): Record<RowState["kind"], number> {
  const counted = { open: 0, changed: 0, unchanged: 0, refused: 0 };
  for (const row of rows) counted[row.state.kind] += 1;
  return counted;
}

/** Company Administrators among those that were changed, or needed no change. */
export function administrators(rows: readonly Row[]): ChangedAccount[] {
  return rows.flatMap(({ state }) =>
    "account" in state && state.account.role === "company_admin" ? [state.account] : [],
  );
}

/** Whether this account was changed, or needed no change. */
export function includes(rows: readonly Row[], accountId: string): boolean {
  return rows.some(({ state }) => "account" in state && state.account.accountId === accountId);
}
