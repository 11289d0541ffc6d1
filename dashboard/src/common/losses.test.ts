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

test("each step loses everything that the smaller steps lose", () => {
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

test("the browser does not ask on the way to the sign-in page, and asks again if that page can't be reached", async () => {
  addLoss(loss("closing"));
  await goAndComeBack(() => Promise.resolve());
  expect(asks()).toBe(false);
  window.dispatchEvent(new Event("pageshow"));
  expect(asks()).toBe(true);
  await expect(goAndComeBack(() => Promise.reject(new Error("offline")))).rejects.toThrow("offline");
  expect(asks()).toBe(true);
});
