import type { Account } from "../api/client";
import { fold } from "./list";

/** Asks for a page of the company's accounts. */
export type ListAccounts = (
  query: { email: string } | { nextToken: string } | Record<string, never>,
) => Promise<{ accounts: Account[]; nextToken?: string | undefined }>;

/** What a look-up found. */
export interface Found {
  /** The accounts by the names that were looked for. */
  accounts: ReadonlyMap<string, Account>;
  /** Whether every name was looked for: one that is missing is unknown then. */
  complete: boolean;
}

/** Most addresses that are looked for one by one; more are found by reading the whole list. */
const ONE_BY_ONE = 25;
/** Most pages of the company's list that are read. */
const MOST_PAGES = 300;

/** Finds the accounts that a list names; `report` hears how many are found. */
export async function lookUp(
  names: readonly string[],
  list: ListAccounts,
  report: (found: number) => void,
): Promise<Found> {
  const accounts = new Map<string, Account>();
  const wanted = new Map(names.map((name) => [keyOf(name), name]));
  const take = (page: readonly Account[]) => {
    for (const account of page) {
      for (const key of [fold(account.email), account.accountId]) {
        const name = wanted.get(key);
        if (name !== undefined) accounts.set(name, account);
      }
    }
    report(accounts.size);
  };
  const oneByOne = names.length <= ONE_BY_ONE && names.every((name) => name.includes("@"));
  const queries = oneByOne ? names.map((email) => ({ email })) : [{}];
  let pages = 0;
  for (const query of queries) {
    const found = () =>
      oneByOne ? accounts.has((query as { email: string }).email) : accounts.size === names.length;
    let next: Parameters<ListAccounts>[0] | undefined = query;
    while (next && !found()) {
      if (pages === MOST_PAGES) return { accounts, complete: false };
      pages += 1;
      const page = await list(next);
      take(page.accounts);
      next = page.nextToken === undefined ? undefined : { nextToken: page.nextToken };
    }
  }
  return { accounts, complete: true };
}

/** Addresses are compared as the API does; IDs exactly. */
function keyOf(name: string): string {
  return name.includes("@") ? fold(name) : name;
}
