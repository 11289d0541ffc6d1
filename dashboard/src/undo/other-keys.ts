import type { KeySuspension } from "../api/client";
import { openRows, type Row } from "../members/run";
import type { MemberRun, OtherKey, Undo } from "../members/run-store";

/**
 * The other keys that suspended some of these accounts since the time, with these accounts. A key that only joined an
 * earlier suspension has no event of it, so its own list doesn't have these people.
 */
export function otherKeys(suspensions: readonly KeySuspension[], since: string): OtherKey[] {
  const found = new Map<string, OtherKey>();
  const start = Date.parse(since);
  for (const { accountId, email, alsoBy } of suspensions) {
    for (const { type, id, name, at } of alsoBy) {
      // An undo takes nothing back that is from before.
      if (type !== "apiKey" || Date.parse(at) < start) continue;
      const other = found.get(id) ?? { keyId: id, keyName: name ?? id, accounts: [] };
      found.set(id, { ...other, accounts: [...other.accounts, { accountId, email }] });
    }
  }
  return [...found.values()];
}

/** The other keys whose suspensions remain after a run, with the accounts that may still be suspended. */
export function remaining({ undo, rows }: MemberRun): OtherKey[] {
  const states = new Map(rows.map(({ name, state }) => [name, state]));
  const isOpen = (accountId: string) => {
    const state = states.get(accountId);
    // Accounts without a row are from an earlier run of the same undo.
    return !state || ("account" in state && state.account.state === "suspended");
  };
  return (undo?.others ?? [])
    .map((other) => ({ ...other, accounts: other.accounts.filter(({ accountId }) => isOpen(accountId)) }))
    .filter(({ accounts }) => accounts.length > 0);
}

/** The undo of what another key did, which goes on from the page of a key. `offered` are all the keys on offer there. */
export function undoAlso(
  other: OtherKey,
  offered: readonly OtherKey[],
  { pageKeyId, since }: { pageKeyId: string; since: string },
): { rows: Row[]; undo: Undo } {
  const { keyId, keyName, accounts } = other;
  const others = offered.filter((offer) => offer.keyId !== keyId);
  return { rows: accounts.flatMap(rowsOf), undo: { keyId, keyName, since, pageKeyId, others } };
}

/** The row of a run for an account. It is sent by its ID, because its address may change meanwhile. */
export function rowsOf({ accountId, email }: { accountId: string; email: string }): Row[] {
  return openRows([accountId]).map((row) => ({ ...row, label: email }));
}
