import { defineConfig } from "@playwright/test";

/** The tests in a real browser. `npx playwright show-trace` opens what a failed one left. */
export default defineConfig({
  testDir: "e2e",
  testMatch: "*.test.ts",
  outputDir: "e2e-results",
  // One browser and one stack at a time: the machine's cores are few, and a slow page is no failure.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  // A test that passes at the second try hides what is wrong.
  retries: 0,
  forbidOnly: true,
  reporter: "list",
  // Pictures of every step would take a core of their own; the page as it was is in the trace as well.
  use: { trace: { mode: "retain-on-failure", screenshots: false } },
});
