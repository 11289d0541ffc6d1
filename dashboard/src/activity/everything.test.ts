import { expect, test } from "vitest";
import type { AuditEvent } from "../api/client";
import { noAnswer, problemFrom } from "../api/problem";
import { MOST_EVENTS, readEverything, type ReadingTools } from "./everything";

/** A log of this many events, in pages of 1,000. The failures are thrown first. */
function log(length: number, failures: Error[] = []): ReadingTools & { counts: number[] } {
  const counts: number[] = [];
  return {
    counts,
    read: (token) => {
      const failure = failures.shift();
      if (failure) return Promise.reject(failure);
      const begin = Number(token ?? 0);
      const end = Math.min(begin + 1_000, length);
      const items = Array.from({ length: end - begin }, (_, i) => ({ id: String(begin + i) }) as AuditEvent);
      return Promise.resolve({ items, nextToken: end < length ? String(end) : undefined });
    },
    report: (count) => counts.push(count),
    cancelled: () => false,
    wait: () => Promise.resolve(),
  };
}

test("every page is read, in order, and progress is reported", async () => {
  const tools = log(2_500);
  const found = await readEverything(tools);
  expect(found?.events.map(({ id }) => Number(id))).toEqual([...Array(2_500).keys()]);
  expect(found?.more).toBe(false);
  expect(tools.counts).toEqual([1_000, 2_000, 2_500]);
});

test.each([
  [MOST_EVENTS, false],
  [MOST_EVENTS + 1, true],
])(
  "of %j events, a file contains the maximum, and it is known whether there are more",
  async (length, more) => {
    const found = await readEverything(log(length));
    expect(found?.events).toHaveLength(MOST_EVENTS);
    expect(found?.more).toBe(more);
  },
);

test("a page that got no response is requested again, a page that was refused is not", async () => {
  expect((await readEverything(log(10, [noAnswer(), noAnswer()])))?.events).toHaveLength(10);
  await expect(readEverything(log(10, [noAnswer(), noAnswer(), noAnswer()]))).rejects.toThrow(
    "did not respond",
  );
  await expect(readEverything(log(10, [problemFrom(400, undefined)]))).rejects.toThrow("refused");
});

test("after cancelling, nothing is returned, even if the request then fails", async () => {
  let cancelled = false;
  const tools = { ...log(5_000), cancelled: () => cancelled, report: () => (cancelled = true) };
  expect(await readEverything(tools)).toBeUndefined();
  const failing = {
    ...tools,
    cancelled: () => cancelled,
    read: () => ((cancelled = true), Promise.reject(noAnswer())),
  };
  cancelled = false;
  expect(await readEverything(failing)).toBeUndefined();
});
