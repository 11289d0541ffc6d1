import { expect, test } from "vitest";
import type { KeySuspension } from "../api/client";
import { plain } from "../common/outside";
import { alsoBy, effectOf, isUndoable, planOf, readSuspensions } from "./suspensions";

const suspension = (accountId: string, part: Partial<KeySuspension> = {}): KeySuspension => ({
  eventId: `event-${accountId}`,
  at: "2026-02-01T03:00:00.000Z",
  action: "SUSPEND_ACCOUNT",
  accountId,
  email: `${accountId}@x`,
  state: "suspended",
  undo: "unsuspends",
  alsoBy: [],
  ...part,
});

test("all pages are read, short ones too, and an account is listed once, with its newest event", async () => {
  const pages = [
    { suspensions: [suspension("a"), suspension("b", { eventId: "new" })], nextToken: "1" },
    { suspensions: [], nextToken: "2" },
    {
      suspensions: [
        suspension("b", { eventId: "old" }),
        suspension("c", { state: "deleted", undo: "nothing" }),
      ],
    },
  ];
  const asked: (string | undefined)[] = [];
  const reported: number[] = [];
  const found = await readSuspensions(
    (nextToken) => {
      asked.push(nextToken);
      return Promise.resolve(pages[asked.length - 1] ?? { suspensions: [] });
    },
    (count) => reported.push(count),
  );
  expect(asked).toEqual([undefined, "1", "2"]);
  expect(reported).toEqual([2, 2, 3]);
  expect(found.suspended.map(({ eventId }) => eventId)).toEqual(["event-a", "new"]);
  expect(found.deleted.map(({ accountId }) => accountId)).toEqual(["c"]);
  expect(found.isComplete).toBe(true);
});

test("a list that never ends is read up to a limit", async () => {
  const found = await readSuspensions(
    () => Promise.resolve({ suspensions: [], nextToken: "n" }),
    () => undefined,
  );
  expect(found.isComplete).toBe(false);
});

test("the plan counts who is unsuspended and who stays suspended", () => {
  const chosen = [suspension("a"), suspension("b", { undo: "stays-suspended" }), suspension("c")];
  expect(planOf(chosen)).toEqual({ unsuspended: 2, suspended: 1 });
});

test("there is nothing to undo for an account that is active or whose suspension was taken back", () => {
  const active = suspension("a", { state: "unsuspended", undo: "nothing" });
  const takenBack = suspension("a", { undo: "nothing" });
  expect([active, takenBack].map(isUndoable)).toEqual([false, false]);
  expect(effectOf(active)).toBe("Nothing: not suspended");
  expect(effectOf(takenBack)).toBe("Nothing: nothing to take back");
});

test("everybody else who wants the account suspended is named", () => {
  const at = "2026-02-01T03:00:00.000Z";
  const named = alsoBy(
    suspension("a", {
      alsoBy: [
        { type: "apiKey", id: "k", name: "Okta", at },
        { type: "account", id: "ada", at },
        { type: "operator", id: "o", at },
      ],
      others: true,
    }),
  );
  expect(named.map(plain)).toEqual(["API key “Okta”", "ada", "an operator", "others, who are not recorded"]);
  expect(alsoBy(suspension("a"))).toEqual([]);
});
