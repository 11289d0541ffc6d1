import type { ApiKey } from "../api/client";
import { asProblem } from "../api/problem";
import { rotationOf } from "./rotation";

/** What has become of a key that is to be revoked together with others. */
export type RevocationState =
  | { kind: "open" }
  | { kind: "revoked" }
  /** `isUnknown`: the key may be revoked although no response says so. */
  | { kind: "failed"; reason: string; isUnknown: boolean };

/** A key that is to be revoked, and the characters that somebody typed to identify it. */
export interface RevocationRow {
  key: ApiKey;
  firstFour: string;
  lastFour: string;
  state: RevocationState;
}

/** The contents of the form, which survive a reload. */
export interface RevokeManyDraft {
  rows: RevocationRow[];
}

export function openRows(keys: readonly ApiKey[]): RevocationRow[] {
  return keys.map((key) => ({ key, firstFour: "", lastFour: "", state: { kind: "open" } }));
}

/** What is wrong with the characters in a row. Empty if nothing is. */
export function mistakeIn({ key, firstFour, lastFour }: RevocationRow, now: Date): string {
  if (firstFour.length !== 4 || lastFour.length !== 4) return "Enter four letters or digits in each field.";
  return masksOf(key, now).includes(`${firstFour}…${lastFour}`)
    ? ""
    : "These are not the characters of this key. Compare them with the key.";
}

/** The masks of a key's secrets. Each of them identifies the key. */
export function masksOf(key: ApiKey, now: Date): string[] {
  const rotation = rotationOf(key, now);
  return rotation ? [key.mask, rotation.mask] : [key.mask];
}

/** The number of rows in each state. */
export function countRows(rows: readonly RevocationRow[]): Record<RevocationState["kind"], number> {
  const counts = { open: 0, revoked: 0, failed: 0 };
  for (const { state } of rows) counts[state.kind] += 1;
  return counts;
}

/** Pauses in milliseconds before a key is tried again whose revocation got no response. */
const PAUSES = [1_000, 3_000];

/** What `revokeAll` needs from outside. */
export interface RevokingTools {
  revoke: (row: RevocationRow) => Promise<unknown>;
  wait: (milliseconds: number) => Promise<void>;
  report: (keyId: string, state: RevocationState) => void;
}

/**
 * Revokes the keys that are not revoked yet, one after the other, and reports what becomes of each. If the service doesn't
 * respond, it stops, and the keys that were not tried stay open. A revoked key can be revoked again, so everything that is
 * not known to be revoked can be tried again.
 */
export async function revokeAll(rows: readonly RevocationRow[], tools: RevokingTools): Promise<void> {
  for (const row of rows) {
    if (row.state.kind === "revoked") continue;
    const state = await revokeOne(row, tools);
    tools.report(row.key.keyId, state.state);
    if (state.stops) return;
  }
}

async function revokeOne(
  row: RevocationRow,
  { revoke, wait }: RevokingTools,
): Promise<{ state: RevocationState; stops: boolean }> {
  for (let failures = 0; ; failures += 1) {
    try {
      await revoke(row);
      return { state: { kind: "revoked" }, stops: false };
    } catch (error) {
      const problem = asProblem(error);
      const pause = PAUSES[failures];
      if (problem.mayRetryNow && pause !== undefined) {
        await wait(pause);
        continue;
      }
      const { message, outcomeUnknown, status } = problem;
      return {
        state: { kind: "failed", reason: message, isUnknown: outcomeUnknown },
        // Without the right to revoke keys, no other key can be revoked either.
        stops: problem.isTemporary || [401, 403].includes(status),
      };
    }
  }
}
