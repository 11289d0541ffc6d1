import { defineConfig } from "@playwright/test";

/** The tests in a real browser. `npx playwright show-trace` opens the trace of a failed test. */
export default defineConfig({
  testDir: "e2e",
  testMatch: "*.test.ts",
  outputDir: "e2e-results",
  // Two files at a time, each with its own stack and its own browsers. While one waits, the other uses the cores. More would
  // only be slow on a machine with few cores, and slowness is not a failure.
  workers: 2,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  // A test that passes on the second attempt hides an error.
  retries: 0,
  forbidOnly: true,
  reporter: "list",
  // Screenshots of every step would need a core of their own. The trace contains the page's state anyway.
  use: { trace: { mode: "retain-on-failure", screenshots: false } },
});
