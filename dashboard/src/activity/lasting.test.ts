import { expect, test } from "vitest";
import { lasting } from "./lasting";

test.each([
  [604_800, "7 days"],
  [86_400, "1 day"],
  [129_600, "36 hours"],
  [3_600, "1 hour"],
  [90, "90 seconds"],
  [60, "1 minute"],
])("%i s", (seconds, expected) => {
  expect(lasting(seconds)).toBe(expected);
});
