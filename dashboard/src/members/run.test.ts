import { expect, test } from "vitest";
import type { AccountResult } from "../api/client";
import { Problem, noAnswer } from "../api/problem";
import { type RunState, counts, openRows, reopened, run } from "./run";

/** A company that remembers which accounts are suspended, and how often each was. */
class Company {
  suspended = new Map<string, number>();
  sent: string[][] = [];
  waited: number[] = [];
  reports: RunState[] = [];
  /** The fault of the n-th request, counted from 0. It happens before the effect or after it. */
  faults: Record<number, { when: "before" | "after"; problem: Problem }> = {};
  stopAfter = Number.POSITIVE_INFINITY;

  send = async (names: readonly string[]): Promise<AccountResult[]> => {
    const fault = this.faults[this.sent.length];
    this.sent.push([...names]);
    if (fault?.when === "before") throw fault.problem;
    const results = names.map((name) => this.suspend(name));
    if (fault?.when === "after") throw fault.problem;
    return Promise.resolve(results);
  };

  suspend(name: string): AccountResult {
    if (name.startsWith("nobody")) {
      const problem = {
        type: "urn:company-api-keys:problem:not-found",
        title: "",
        status: 404,
        detail: "Nobody.",
      };
      return { outcome: "refused", problem };
    }
    const account = { accountId: name, email: name, name, role: "member", state: "suspended" } as const;
    if (this.suspended.has(name)) return { outcome: "unchanged", account };
    this.suspended.set(name, 1);
    return { outcome: "changed", account };
  }

  run(names: readonly string[]) {
    return this.continue(openRows(names));
  }

  continue(rows: RunState["rows"]) {
    return run(rows, {
      send: this.send,
      wait: (milliseconds) => Promise.resolve(void this.waited.push(milliseconds)),
      report: (state) => this.reports.push(state),
      stopped: () => this.sent.length >= this.stopAfter,
    });
  }
}

const NAMES = Array.from({ length: 240 }, (_, i) => `a${i}`);

test("accounts are sent once, in batches of 100", async () => {
  const company = new Company();
  const state = await company.run([...NAMES, "nobody"]);
  expect(company.sent.map((batch) => batch.length)).toEqual([100, 100, 41]);
  expect(state.status).toBe("done");
  expect(counts(state.rows)).toEqual({ open: 0, changed: 240, unchanged: 0, refused: 1 });
  expect(company.reports.length).toBeGreaterThan(3);
});

test("a batch whose response was lost is sent again, and no account is missed", async () => {
  const company = new Company();
  company.faults = { 1: { when: "after", problem: noAnswer() }, 2: { when: "before", problem: noAnswer() } };
  const state = await company.run(NAMES);
  expect(state.status).toBe("done");
  expect(company.suspended.size).toBe(240);
  expect(counts(state.rows)).toEqual({ open: 0, changed: 140, unchanged: 100, refused: 0 });
  expect(company.waited).toEqual([1000, 3000]);
});

test("a lost connection pauses the run, which then continues where it stopped", async () => {
  const company = new Company();
  for (const n of [1, 2, 3, 4]) company.faults[n] = { when: "before", problem: noAnswer() };
  const paused = await company.run(NAMES);
  expect(paused.status).toBe("paused");
  expect(paused.problem?.kind).toBe("network");
  expect(counts(paused.rows)).toEqual({ open: 140, changed: 100, unchanged: 0, refused: 0 });
  const done = await company.continue(paused.rows);
  expect(counts(done.rows)).toEqual({ open: 0, changed: 240, unchanged: 0, refused: 0 });
});

test("the run pauses at once when the person loses the right to continue", async () => {
  const company = new Company();
  company.faults = { 1: { when: "before", problem: new Problem("enterprise-plan-required", "", 403) } };
  const state = await company.run(NAMES);
  expect(state.status).toBe("paused");
  expect(company.sent.length).toBe(2);
  expect(company.waited).toEqual([]);
});

test("stopping leaves the rest open", async () => {
  const company = new Company();
  company.stopAfter = 1;
  const state = await company.run(NAMES);
  expect(state.status).toBe("stopped");
  expect(counts(state.rows)).toEqual({ open: 140, changed: 100, unchanged: 0, refused: 0 });
});

test("accounts for which there was no time stay open and are sent again", async () => {
  const company = new Company();
  const { send } = company;
  let first = true;
  company.send = async (names) => {
    const results = await send(names.slice(0, 2));
    if (!first) return [...results, ...(await send(names.slice(2)))];
    first = false;
    const problem = { type: "urn:company-api-keys:problem:unavailable", title: "", status: 503, detail: "" };
    return [...results, ...names.slice(2).map(() => ({ outcome: "refused" as const, problem }))];
  };
  const state = await company.run(NAMES.slice(0, 5));
  expect(counts(state.rows)).toEqual({ open: 0, changed: 5, unchanged: 0, refused: 0 });
});

test("a name that the API doesn't accept is refused, and the others are sent without it", async () => {
  const company = new Company();
  const { send } = company;
  company.send = (names) => {
    const i = names.indexOf("odd");
    if (i < 0) return send(names);
    throw new Problem("invalid-request", "", 400, new Map([[`accounts[${i}]`, "Must be an account."]]));
  };
  const state = await company.run(["a", "odd", "b"]);
  expect(counts(state.rows)).toEqual({ open: 0, changed: 2, unchanged: 0, refused: 1 });
  expect(state.rows[1]?.state).toMatchObject({ reason: "Must be an account." });
});

test("refused accounts can be tried again, and only these are sent", async () => {
  const company = new Company();
  const { rows } = await company.run(["a", "nobody"]);
  await company.continue(reopened(rows));
  expect(company.sent).toEqual([["a", "nobody"], ["nobody"]]);
});

test("the person's own account is sent last, in its own batch", async () => {
  const company = new Company();
  await company.continue([
    ...openRows(["me"]).map((row) => ({ ...row, last: true as const })),
    ...openRows(NAMES),
  ]);
  expect(company.sent.map((batch) => batch.length)).toEqual([100, 100, 40, 1]);
  expect(company.sent.at(-1)).toEqual(["me"]);
});
