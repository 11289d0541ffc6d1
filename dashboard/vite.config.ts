import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { guides } from "./build/guides.ts";
import { preloadStart } from "./build/preload-start.ts";

/** The running `cargo run`, for `npm run dev`. */
const stack = process.env.STACK_URL ?? "http://127.0.0.1:3000";

export default defineConfig({
  plugins: [react(), preloadStart(), guides()],
  build: {
    target: "es2023",
    // The page's policy allows no inline script; browsers of this target preload modules by themselves.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { "/config.json": stack } },
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["{src,build}/**/*.test.{ts,tsx}"] } },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          // One browser and one stack at a time: the machine's cores are few, and a slow page is no failure.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
