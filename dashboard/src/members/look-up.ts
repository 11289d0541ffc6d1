import type { Account } from "../api/client";
import { fold } from "./list";

/** Requests a page of the company's accounts. */
export type ListAccounts = (
  query: { email: string } | { nextToken: string } | Record<string, never>,
) => Promise<{ accounts: Account[]; nextToken?: string | undefined }>;

/** The result of a look-up. */
export interface Found {
  /** The accounts that were found, by the names in the list. */
  accounts: ReadonlyMap<string, Account>;
  /** Whether every name was looked up. Then a name without an account is unknown. */
  complete: boolean;
}

/** The maximum number of addresses that are looked up one by one. For more, the company's whole list is read. */
const ONE_BY_ONE = 25;
/** The maximum number of pages that are read. */
const MOST_PAGES = 300;

/** Finds the accounts that a list names. It calls `report` with the number of accounts found so far. */
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

/** The form in which a name is compared: addresses as the API compares them, IDs exactly. */
function keyOf(name: string): string {
  return name.includes("@") ? fold(name) : name;
}
