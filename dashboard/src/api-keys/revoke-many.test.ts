import { expect, test } from "vitest";
import { noAnswer, Problem } from "../api/problem";
import { KEY, NOW } from "./key-fixture";
import {
  countRows,
  mistakeIn,
  openRows,
  type RevocationRow,
  type RevocationState,
  revokeAll,
} from "./revoke-many";

const keys = ["1", "2", "3"].map((keyId) => ({ ...KEY, keyId }));

/** Revokes rows. The answers are for each attempt with each key; an error refuses. Returns what was reported and tried. */
async function run(rows: readonly RevocationRow[], answers: Record<string, (Error | "ok")[]>) {
  const states = new Map<string, RevocationState>();
  const tried: string[] = [];
  await revokeAll(rows, {
    revoke: ({ key: { keyId } }) => {
      tried.push(keyId);
      const answer = answers[keyId]?.shift() ?? "ok";
      return answer === "ok" ? Promise.resolve() : Promise.reject(answer);
    },
    wait: () => Promise.resolve(),
    report: (keyId, state) => states.set(keyId, state),
  });
  const next = rows.map((row) => ({ ...row, state: states.get(row.key.keyId) ?? row.state }));
  return { next, tried, counts: countRows(next) };
}

const refused = new Problem("not-found", "It doesn't exist.", 404);

test("one key that is refused doesn't keep the others", async () => {
  const { next, tried, counts } = await run(openRows(keys), { 2: [refused] });
  expect(tried).toEqual(["1", "2", "3"]);
  expect(counts).toEqual({ open: 0, revoked: 2, failed: 1 });
  expect(next[1]?.state).toEqual({ kind: "failed", reason: "It doesn't exist.", isUnknown: false });
});

test("when the connection breaks, what was not tried stays open, and the next attempt revokes the rest only", async () => {
  const broken = await run(openRows(keys), { 2: [noAnswer(), noAnswer(), noAnswer()] });
  expect(broken.tried).toEqual(["1", "2", "2", "2"]);
  expect(broken.next.map(({ state }) => state.kind)).toEqual(["revoked", "failed", "open"]);
  expect(broken.next[1]?.state).toMatchObject({ isUnknown: true });
  const again = await run(broken.next, {});
  expect(again.tried).toEqual(["2", "3"]);
  expect(again.counts).toEqual({ open: 0, revoked: 3, failed: 0 });
});

test("a response that got lost is asked for again", async () => {
  const { tried, counts } = await run(openRows(keys), { 1: [noAnswer(), "ok"] });
  expect(tried).toEqual(["1", "1", "2", "3"]);
  expect(counts.revoked).toBe(3);
});

test("without the right to revoke keys, it stops", async () => {
  const { tried } = await run(openRows(keys), { 1: [new Problem("not-company-administrator", "No.", 403)] });
  expect(tried).toEqual(["1"]);
});

test("either secret's characters identify a key, and others don't", () => {
  const newSecret = { mask: "NEW1…NEW2", createdAt: KEY.createdAt, unusedUntil: "2026-07-01T00:00:00Z" };
  const mistake = (firstFour: string, lastFour: string) =>
    mistakeIn({ key: { ...KEY, newSecret }, firstFour, lastFour, state: { kind: "open" } }, NOW);
  expect(mistake("abcd", "efgh")).toBe("");
  expect(mistake("NEW1", "NEW2")).toBe("");
  expect(mistake("abcd", "NEW2")).toContain("not the characters");
  expect(mistake("abcd", "efg")).toContain("four letters or digits");
});
