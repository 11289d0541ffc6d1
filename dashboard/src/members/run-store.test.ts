import { expect, test, vi } from "vitest";
import { lossesBy } from "../common/losses";
import { openRows } from "./run";
import { type MemberRun, RunStore } from "./run-store";

vi.stubGlobal("window", new EventTarget());

/** A store whose requests the test answers, and what the store saved. */
function open(kept?: unknown) {
  const answers: (() => void)[] = [];
  const saved: (MemberRun | undefined)[] = [];
  const undos: object[] = [];
  const store = new RunStore({
    send: (_, names) =>
      new Promise((resolve) =>
        answers.push(() =>
          resolve(
            names.map((accountId) => ({
              outcome: "changed",
              account: { accountId, email: accountId, name: "", role: "member", state: "suspended" },
            })),
          ),
        ),
      ),
    undo: async (undo, names) => {
      undos.push({ ...undo, names });
      const outcome = "unchanged" as const;
      const state = "active" as const;
      const results = names.map((accountId) => ({
        outcome,
        account: { accountId, email: accountId, name: "", role: "member" as const, state },
      }));
      await new Promise<void>((resolve) => answers.push(resolve));
      return { undoId: "undo-1", results };
    },
    wait: () => Promise.resolve(),
    load: () => kept,
    save: (run) => saved.push(run),
  });
  const answer = async () => {
    answers.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { store, answer, undos, kept: () => JSON.parse(JSON.stringify(saved.at(-1) ?? null)) as unknown };
}

const NAMES = Array.from({ length: 130 }, (_, i) => `a${i}`);

test("a run that a reload interrupted continues where it stopped, and its results stay until dismissed", async () => {
  const before = open();
  before.store.start("suspend", openRows(NAMES));
  await before.answer();
  expect(lossesBy("closing")).toHaveLength(1);
  const after = open(before.kept());
  expect(after.store.state()).toMatchObject({ status: "interrupted", change: "suspend" });
  after.store.resume();
  await after.answer();
  expect(after.store.state()?.status).toBe("done");
  const reopened = open(after.kept());
  expect(reopened.store.state()?.rows.filter(({ state }) => state.kind === "changed")).toHaveLength(130);
  reopened.store.dismiss();
  expect(reopened.kept()).toBe(null);
});

test("a run is not replaced by another", async () => {
  const { store, answer } = open();
  store.start("suspend", openRows(["a"]));
  expect(() => store.start("suspend", openRows(["b"]))).toThrow();
  store.dismiss();
  expect(store.state()?.status).toBe("running");
  await answer();
  store.dismiss();
  expect(store.state()).toBe(undefined);
});

test("all requests of an undo name the event that the first response named, also after a reload", async () => {
  const before = open();
  const undo = { keyId: "k", keyName: "Okta", since: "2026-02-01T02:00:00.000Z" };
  before.store.start("unsuspend", openRows(NAMES), undo);
  await before.answer();
  const after = open(before.kept());
  after.store.resume();
  await after.answer();
  expect(after.store.state()).toMatchObject({ status: "done", undo: { ...undo, undoId: "undo-1" } });
  expect(before.undos[0]).toEqual({ ...undo, names: NAMES.slice(0, 100) });
  expect(after.undos).toEqual([{ ...undo, undoId: "undo-1", names: NAMES.slice(100) }]);
});
