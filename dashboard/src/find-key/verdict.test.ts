import { expect, test } from "vitest";
import type { ApiKey, FoundApiKey } from "../api/client";
import { KEY, NOW } from "../api-keys/key-fixture";
import { verdictOn } from "./verdict";

type State = FoundApiKey["foundSecret"]["state"];
const PAST = "2026-06-01T00:00:00Z";
const held = { hold: { from: PAST, reasons: [{ reason: "unused", from: PAST }] } } satisfies Partial<ApiKey>;
const says = (state: State, part: Partial<ApiKey> = {}) =>
  verdictOn({ apiKey: { ...KEY, ...part }, foundSecret: { mask: KEY.mask, state } }, NOW);

test.each<[State, Partial<ApiKey>, string, string]>([
  ["current", {}, "error", "This key works"],
  ["new", {}, "error", "which nobody has used yet"],
  ["old", {}, "error", "and it still works"],
  ["ended", {}, "success", "This secret has ended"],
  ["ended", { revokedAt: PAST }, "success", "This key is revoked"],
  ["ended", { expiresAt: PAST }, "success", "This key has expired"],
  ["current", { revocationBeganAt: PAST }, "error", "not fully revoked"],
  ["current", { frozen: true }, "warning", "not on the Enterprise plan"],
  ["old", held, "warning", "This key is held"],
  ["ended", { ...held, frozen: true }, "success", "This secret has ended"],
])("a secret that is %s, of a key with %j: %s", (state, part, type, header) => {
  const verdict = says(state, part);
  expect(verdict.type).toBe(type);
  expect(verdict.header).toContain(header);
});

test("a secret that works, or may work again, is answered with a way to end it", () => {
  for (const state of ["current", "new", "old"] as const) {
    for (const part of [{}, { frozen: true }, held]) {
      expect(says(state, part).text).toMatch(/(revoke the key|the rotation) on (its|the key's) page/);
    }
  }
});

test("a hold that begins later doesn't refuse the key yet", () => {
  const from = "2026-07-01T00:00:00Z";
  expect(says("current", { hold: { from, reasons: [] } }).header).toBe("This key works");
});
