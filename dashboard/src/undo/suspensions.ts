import type { KeySuspension } from "../api/client";
import { outside, type Words, words } from "../common/outside";

/** What a key suspended and deleted, newest first. */
export interface Suspensions {
  suspended: readonly KeySuspension[];
  deleted: readonly KeySuspension[];
  /** Whether everything was read. */
  isComplete: boolean;
}

/** The maximum number of pages that are read. */
const MOST_PAGES = 300;

/** Requests a page of what a key suspended. */
export type ListSuspensions = (
  nextToken: string | undefined,
) => Promise<{ suspensions: KeySuspension[]; nextToken?: string | undefined }>;

/** Reads everything that a key suspended. It calls `report` with the number of accounts found so far. */
export async function readSuspensions(
  list: ListSuspensions,
  report: (found: number) => void,
): Promise<Suspensions> {
  const found = new Map<string, KeySuspension>();
  let nextToken: string | undefined;
  let pages = 0;
  do {
    const page = await list(nextToken);
    // The newest comes first, and an account may be on several pages.
    for (const suspension of page.suspensions) {
      if (!found.has(suspension.accountId)) found.set(suspension.accountId, suspension);
    }
    report(found.size);
    nextToken = page.nextToken;
    pages += 1;
  } while (nextToken !== undefined && pages < MOST_PAGES);
  const all = [...found.values()];
  const isDeleted = ({ state }: KeySuspension) => state === "deleted";
  return {
    suspended: all.filter((suspension) => !isDeleted(suspension)),
    deleted: all.filter(isDeleted),
    isComplete: nextToken === undefined,
  };
}

/** Whether an undo would do anything with the account. */
export function isUndoable({ undo }: KeySuspension): boolean {
  return undo !== "nothing";
}

/** How many accounts an undo of these would unsuspend, and how many would stay suspended. */
export function planOf(chosen: readonly KeySuspension[]): { unsuspended: number; suspended: number } {
  const count = (undo: KeySuspension["undo"]) =>
    chosen.filter((suspension) => suspension.undo === undo).length;
  return { unsuspended: count("unsuspends"), suspended: count("stays-suspended") };
}

/** What an undo would do with an account. */
export function effectOf({ undo, state }: KeySuspension): string {
  switch (undo) {
    case "unsuspends":
      return "Unsuspends the account";
    case "stays-suspended":
      return "The account stays suspended";
    case "nothing":
      return state === "suspended" ? "Nothing: nothing to take back" : "Nothing: not suspended";
  }
}

/** Who else wants an account to be suspended. Empty if nobody. */
export function alsoBy({ alsoBy, others }: KeySuspension): Words[] {
  const known = alsoBy.map(({ type, id, name }) => {
    if (type === "apiKey") return words`API key “${outside(name ?? id)}”`;
    return type === "operator" ? words`an operator` : outside(name ?? id);
  });
  return others ? [...known, words`others, who are not recorded`] : known;
}
