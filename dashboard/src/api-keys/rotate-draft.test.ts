import { expect, test } from "vitest";
import type { KeyPolicy } from "../api/client";
import { lasting } from "../activity/lasting";
import { KEY, NOW } from "./key-fixture";
import { emptyRotateDraft, OVERLAP_OPTIONS, secretExpiries, secretRequest } from "./rotate-draft";
import { NO_DEMANDS } from "../key-policy/policy-fixture";

const request = (change: Partial<ReturnType<typeof emptyRotateDraft>> = {}) =>
  secretRequest({ ...emptyRotateDraft(KEY), ...change }, undefined, NOW);

test("by default, the new secret lives as long as the current one, and the old one works for a day", () => {
  expect(request()).toEqual({ overlapSeconds: 86_400 });
  expect(OVERLAP_OPTIONS.map(({ value, label }) => [lasting(Number(value)), label])).toEqual(
    ["1 hour", "1 day", "3 days", "7 days"].map((text) => [text, text]),
  );
});

test("an expiry that was chosen is sent", () => {
  expect(request({ overlap: "3600", expiryId: "never" })).toEqual({ overlapSeconds: 3_600, expiresAt: null });
  expect(request({ expiryId: "30" }).expiresAt).toBe("2026-07-15T10:00:00.000Z");
  const onDate = request({ expiryId: "date", date: "2026-06-20" }).expiresAt;
  expect(new Date(onDate ?? "")).toEqual(new Date(2026, 5, 20, 23, 59, 59));
});

test("the default says what it means for the key", () => {
  const note = (expiresAt?: string, policy?: KeyPolicy) =>
    secretExpiries({ ...KEY, ...(expiresAt && { expiresAt }) }, policy)[0]?.note;
  expect(note()).toContain("doesn't expire");
  expect(note("2027-01-01T00:00:00Z")).toContain("as long from now");
  const policy = { ...NO_DEMANDS, mustExpire: true, longestLifetimeDays: 90 };
  expect(note(undefined, policy)).toMatch(/^The new secret expires\. .* at most 90 days\.$/);
  expect(note("2027-01-01T00:00:00Z", policy)).toMatch(/as long from now .* at most 90 days\.$/);
});
