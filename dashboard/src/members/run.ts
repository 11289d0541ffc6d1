import type { Account, AccountResult } from "../api/client";
import { Problem, asProblem, problemFrom } from "../api/problem";
import { BATCH } from "./use-members";

/** The part of an account that a run keeps, because there may be thousands. */
export type ChangedAccount = Pick<Account, "accountId" | "role" | "state">;

/** The outcome for one account of a run. */
export type RowState =
  /** Not tried yet, or tried without a response. Then it is sent again, because the outcome is unknown. */
  | { kind: "open" }
  | { kind: "changed"; account: ChangedAccount }
  | { kind: "unchanged"; account: ChangedAccount }
  | { kind: "refused"; reason: string; problem: string };

/** An account of a run. */
export interface Row {
  /** The email address or ID under which the account is sent. */
  name: string;
  /** The name to show, if it is another one. */
  label?: string;
  state: RowState;
  /** Comes last, because the person who runs this would lose the right to continue. */
  last?: true;
}

/** The state of a run. */
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

/** Pauses in milliseconds before a batch that got no response is sent again. */
const PAUSES = [1_000, 3_000, 8_000];

/**
 * Sends the open accounts, batch by batch, until none is open. A batch that got no response is sent again. The accounts
 * that it already changed are then `unchanged`. If the failures continue, or the person loses the right to continue, the
 * run pauses and can be continued.
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
      // There was no time to try some accounts. The response says so, and they stay open.
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

/** The outcomes for these accounts. Accounts that can be sent again have none. */
async function answers(names: readonly string[], tools: RunTools): Promise<Map<string, RowState>> {
  const answered = new Map<string, RowState>();
  let results: AccountResult[];
  try {
    results = await tools.send(names);
  } catch (error) {
    // The API refuses the whole batch if it doesn't accept one name. The others are sent again without it.
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

/** The rows at the beginning of a run. */
export function openRows(names: readonly string[]): Row[] {
  return names.map((name) => ({ name, state: { kind: "open" } }));
}

/** The same rows. The refused ones are open again. */
export function reopened(rows: readonly Row[]): Row[] {
  return rows.map((row) => (row.state.kind === "refused" ? { ...row, state: { kind: "open" } } : row));
}

/** The number of rows in each state. */
export function counts(rows: readonly Row[]): Record<RowState["kind"], number> {
  const counted = { open: 0, changed: 0, unchanged: 0, refused: 0 };
  for (const row of rows) counted[row.state.kind] += 1;
  return counted;
}

/** The Company Administrators among the accounts that were changed or needed no change. */
export function administrators(rows: readonly Row[]): ChangedAccount[] {
  return rows.flatMap(({ state }) =>
    "account" in state && state.account.role === "company_admin" ? [state.account] : [],
  );
}

/** Whether this account was changed, or needed no change. */
export function includes(rows: readonly Row[], accountId: string): boolean {
  return rows.some(({ state }) => "account" in state && state.account.accountId === accountId);
}
