import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { groupsOfSteps } from "./build/chunks.ts";
import { guides } from "./build/guides.ts";
import { preloadStart } from "./build/preload-start.ts";

/** The address of the running `cargo run`, for `npm run dev`. */
const stack = process.env.STACK_URL ?? "http://127.0.0.1:3000";

export default defineConfig({
  plugins: [react(), preloadStart(), guides()],
  resolve: {
    // Cloudscape's messages are parsed already, so the page needs no parser. Without it, the home page has 9 KB less.
    alias: [
      {
        find: /^@formatjs\/icu-messageformat-parser$/,
        replacement: "@formatjs/icu-messageformat-parser/lib/no-parser.js",
      },
    ],
  },
  build: {
    target: "es2023",
    // The page's policy allows no inline script; browsers of this target preload modules by themselves.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { output: { codeSplitting: { groups: groupsOfSteps(import.meta.dirname) } } },
  },
  server: { proxy: { "/config.json": stack } },
  test: {
    include: ["{src,build}/**/*.test.{ts,tsx}"],
  },
});
