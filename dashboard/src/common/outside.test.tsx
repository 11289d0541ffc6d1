import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { isolated, listed, Outside, outside, plain, Sentence, words } from "./outside";

/** Hebrew, with a right-to-left mark at its end. */
const HEBREW = "עדה\u200F";

test("a name is isolated", () => {
  expect(renderToStaticMarkup(<Outside>{HEBREW}</Outside>)).toBe(`<bdi>${HEBREW}</bdi>`);
  expect(`Activity of ${isolated(HEBREW)}, 1…2`).toBe(`Activity of \u2068${HEBREW}\u2069, 1…2`);
});

test("a long text has the class for it, and the complete text as its title", () => {
  const long = "W".repeat(81);
  expect(renderToStaticMarkup(<Outside>{long}</Outside>)).toBe(
    `<bdi class="long" title="${isolated(long)}">${long}</bdi>`,
  );
});

test("a sentence isolates its names on the page, and contains only their characters in a file", () => {
  const sentence = words`${outside(HEBREW)} changed ${listed(["a", "b"])}.`;
  expect(renderToStaticMarkup(<Sentence>{sentence}</Sentence>)).toBe(
    `<bdi>${HEBREW}</bdi> changed <bdi>a</bdi>, <bdi>b</bdi>.`,
  );
  expect(plain(sentence)).toBe(`${HEBREW} changed a, b.`);
});
