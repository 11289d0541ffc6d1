import { expect, test } from "vitest";
import type { MailChoices, MailKind } from "../api/client";
import { choicesOf, realChanges } from "./choices";

const SAVED: MailChoices = {
  mail: { sent: true },
  kinds: [
    { kind: "expiring", wanted: true, default: true },
    { kind: "leaked", wanted: false, default: true },
    { kind: "unused", wanted: false, default: false },
  ],
};

test("the form shows what is saved, and what was changed since", () => {
  const wanted = (changes: Parameters<typeof choicesOf>[1]) =>
    choicesOf(SAVED, changes).map(({ isWanted }) => isWanted);
  expect(wanted({})).toEqual([true, false, false]);
  expect(wanted({ expiring: false, unused: true })).toEqual([false, false, true]);
});

test("each kind has a title, a sentence and its default", () => {
  const [expiring, , unused] = choicesOf(SAVED, {});
  expect(expiring?.title).toBe("A key stops working");
  expect(expiring?.description).toMatch(
    /^30 days.* expired, and when the key policy holds a key\. The default is on\.$/,
  );
  expect(unused?.description).toMatch(/The default is off\.$/);
  const kind = "painted" as MailKind;
  const [unknown] = choicesOf({ ...SAVED, kinds: [{ kind, wanted: true, default: false }] }, {});
  expect(unknown).toEqual({ kind, title: "painted", description: "The default is off.", isWanted: true });
});

test("only what differs from what is saved is sent", () => {
  expect(realChanges(SAVED, {})).toEqual({});
  expect(realChanges(SAVED, { expiring: true, leaked: false })).toEqual({});
  expect(realChanges(SAVED, { expiring: false, leaked: true, unused: false })).toEqual({
    expiring: false,
    leaked: true,
  });
});
