import { afterEach, expect, test, vi } from "vitest";
import { type LostBy, addLoss, giveUp, goAndComeBack, lossesBy } from "./losses";

vi.stubGlobal("window", new EventTarget());

const loss = (lostBy: LostBy) => ({ title: lostBy, text: "", leave: "", lostBy });

/** Whether the browser asks before the tab is closed. */
function asks(): boolean {
  const event = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(event);
  return event.defaultPrevented;
}

afterEach(() => giveUp("signing-out"));

test("each way of leaving loses what the ways before it do, too", () => {
  addLoss(loss("signing-out"));
  addLoss(loss("closing"));
  addLoss(loss("navigating"));
  expect(lossesBy("navigating").map(({ title }) => title)).toEqual(["navigating"]);
  expect(lossesBy("signing-out")).toHaveLength(3);
});

test("the browser asks as long as closing loses something", () => {
  const remove = addLoss(loss("closing"));
  expect(asks()).toBe(true);
  remove();
  expect(asks()).toBe(false);
});

test("it does not ask on the way to sign in, and asks again where that way is closed", async () => {
  addLoss(loss("closing"));
  await goAndComeBack(() => Promise.resolve());
  expect(asks()).toBe(false);
  await expect(goAndComeBack(() => Promise.reject(new Error("offline")))).rejects.toThrow("offline");
  expect(asks()).toBe(true);
});
