import { expect, test } from "vitest";
import { bytes, EXAMPLE } from "./key-fixture";
import { mistakeIn } from "./mistakes";
import { questionAbout } from "./question";

const mistake = async (text: string) => mistakeIn(await questionAbout(bytes(text)));

test.each([
  ["", "Paste an API key."],
  ["Hello", "contains no API key"],
  [EXAMPLE.slice(1), "before “_cak1_” are too few: 21 instead of 22. Copy the whole key."],
  [EXAMPLE.slice(0, -3), "after “_cak1_” are too few: 25 instead of 28. Copy the whole key."],
  [EXAMPLE.slice(2, -3), "too few: 20 instead of 22 before it, and 25 instead of 28 after it."],
  [EXAMPLE.replace("m2", "2m"), "has a typing error: its checksum doesn't match"],
  [EXAMPLE.replace("m2", "mm2"), "typing error or too many characters"],
])("“%s” is answered with what is wrong", async (text, expected) => {
  expect(await mistake(text)).toContain(expected);
});

test("a mistake quotes nothing of the text", async () => {
  for (let length = 4; length < EXAMPLE.length; length += 1) {
    const said = (await mistake(EXAMPLE.slice(0, length))) ?? "";
    expect(said).not.toContain(EXAMPLE.slice(0, 4));
  }
});

test("a key and a mask are no mistakes", async () => {
  expect(await mistake(EXAMPLE)).toBeUndefined();
  expect(await mistake("K7fQ…mibC")).toBeUndefined();
});
