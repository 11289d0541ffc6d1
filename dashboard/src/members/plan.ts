import type { Account } from "../api/client";
import type { Found } from "./look-up";
import { type Row, openRows } from "./run";
import type { Change } from "./use-members";

/** The changes that a run will make. */
export interface Plan {
  /** Accounts that the run will change. */
  changed: Account[];
  /** Accounts that already have the new state. */
  unchanged: Account[];
  /** Company Administrators among the accounts that the run will change. */
  administrators: Account[];
  /** Names for which the company has no account. */
  unknown: string[];
  /** Names that were not looked up. */
  unchecked: string[];
  /** Whether the run suspends the person who starts it. */
  oneself: boolean;
  /** The run's rows. The person's own account is the last. */
  rows: Row[];
}

/** Plans the change of these accounts. */
export function planOf(names: readonly string[], found: Found, change: Change, self: string): Plan {
  const plan: Plan = {
    changed: [],
    unchanged: [],
    administrators: [],
    unknown: [],
    unchecked: [],
    oneself: false,
    rows: [],
  };
  const seen = new Set<string>();
  const last: Row[] = [];
  for (const name of names) {
    const account = found.accounts.get(name);
    const rows = openRows([name]);
    if (!account) {
      (found.complete ? plan.unknown : plan.unchecked).push(name);
      plan.rows.push(...rows);
      continue;
    }
    // The list names this account twice: by its address and by its ID.
    if (seen.has(account.accountId)) continue;
    seen.add(account.accountId);
    const willChange = (account.state === "active") === (change === "suspend");
    (willChange ? plan.changed : plan.unchanged).push(account);
    if (willChange && account.role === "company_admin") plan.administrators.push(account);
    if (change === "suspend" && account.accountId === self) {
      plan.oneself = true;
      last.push(...rows.map((row) => ({ ...row, last: true as const })));
    } else plan.rows.push(...rows);
  }
  plan.rows.push(...last);
  return plan;
}
