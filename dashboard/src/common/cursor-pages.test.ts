import { expect, test } from "vitest";
import { type Page, fillPage, readMost } from "./cursor-pages";

/** A list with pages of these sizes and numbered items. */
function list(...sizes: number[]) {
  const asked: (string | undefined)[] = [];
  const fetch = (token: string | undefined): Promise<Page<number>> => {
    asked.push(token);
    const i = Number(token ?? 0);
    const before = sizes.slice(0, i).reduce((sum, size) => sum + size, 0);
    const items = Array.from({ length: sizes[i] ?? 0 }, (_, n) => before + n);
    return Promise.resolve({ items, nextToken: i + 1 < sizes.length ? String(i + 1) : undefined });
  };
  return { asked, fetch };
}

test("a full page takes one request", async () => {
  const { asked, fetch } = list(10, 10);
  expect(await fillPage(10, undefined, fetch)).toEqual({ items: [...Array(10).keys()], nextToken: "1" });
  expect(asked).toEqual([undefined]);
});

test("short and empty pages are filled up, in order and from the given token", async () => {
  const { asked, fetch } = list(3, 0, 1, 4, 9);
  expect(await fillPage(10, "1", fetch)).toEqual({
    items: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    nextToken: undefined,
  });
  expect(asked).toEqual(["1", "2", "3", "4"]);
});

test("filling a page of an almost empty list ends after ten requests, and the next page continues there", async () => {
  const { asked, fetch } = list(...Array<number>(15).fill(0));
  expect(await fillPage(10, undefined, fetch)).toEqual({ items: [], nextToken: "10" });
  expect(asked).toHaveLength(10);
});

test("a list is read to its end, and says whether it has more than was read", async () => {
  const whole = list(10, 0, 10, 3);
  expect(await readMost(30, whole.fetch)).toEqual({ items: [...Array(23).keys()], nextToken: undefined });
  expect(whole.asked).toEqual([undefined, "1", "2", "3"]);
  const long = list(10, 10, 10, 10);
  expect(await readMost(30, long.fetch)).toEqual({ items: [...Array(30).keys()], nextToken: "3" });
  const sparse = list(...Array<number>(11).fill(1));
  expect((await readMost(30, sparse.fetch)).nextToken).toBe("10");
});
