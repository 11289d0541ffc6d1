import { expect, test } from "vitest";
import { masked } from "./secrets";

const KEY = `abcd${"E".repeat(18)}_cak1_${"F".repeat(24)}wxyz`;

test("every key becomes its mask, and nothing else changes", () => {
  expect(masked(KEY)).toBe("abcd…wxyz");
  expect(masked(`apikey ${KEY}, and ${KEY}`)).toBe("apikey abcd…wxyz, and abcd…wxyz");
  expect(masked("abcd…wxyz")).toBe("abcd…wxyz");
  expect(masked(KEY.slice(0, -1))).toBe(KEY.slice(0, -1));
});
