import { beforeEach, expect, test, vi } from "vitest";
import { forgetKept, keep, kept } from "./kept";

const KEY = "K7fQm2Vd8sTzWb4Hn9RpLc_cak1_xE3gUy6JkAoZ5tNwQvB1fM1TmibC";

/** What the tab stores. */
let stored: Record<string, string>;

beforeEach(() => {
  stored = {};
  vi.stubGlobal(
    "sessionStorage",
    new Proxy(stored, {
      get: (target, name: string) =>
        ({
          getItem: (key: string) => target[key] ?? null,
          setItem: (key: string, value: string) => void (target[key] = value),
          removeItem: (key: string) => void Reflect.deleteProperty(target, key),
        })[name],
    }),
  );
});

test("a value belongs to one person until it is removed", () => {
  keep("ada", "form", { name: "Nightly" });
  expect(kept("ada", "form")).toEqual({ name: "Nightly" });
  expect(kept("bob", "form")).toBe(undefined);
  keep("ada", "form", undefined);
  expect(kept("ada", "form")).toBe(undefined);
  keep("ada", "form", {});
  stored.other = "stays";
  forgetKept();
  expect(stored).toEqual({ other: "stays" });
});

test("an API key is never stored", () => {
  keep("ada", "form", { name: `My key is ${KEY}!` });
  expect(JSON.stringify(stored)).not.toContain("_cak1_");
  expect(kept("ada", "form")).toEqual({ name: `My key is ${KEY.slice(0, 4)}…${KEY.slice(-4)}!` });
});

test("a full storage throws no error", () => {
  vi.stubGlobal("sessionStorage", {
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  });
  expect(() => keep("ada", "form", {})).not.toThrow();
});
