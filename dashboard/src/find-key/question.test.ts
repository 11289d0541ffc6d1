import { createHash } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { bytes, EXAMPLE } from "./key-fixture";
import { questionAbout } from "./question";

afterEach(() => vi.unstubAllGlobals());

test("only the digest of the key is asked about", async () => {
  const digest = createHash("sha256").update(EXAMPLE).digest("hex");
  expect(await questionAbout(bytes(`apikey ${EXAMPLE}\n`))).toEqual({ kind: "digest", digest });
  expect(digest).toBe("879e956a4ab3c5437ee9c6c12cd85428d186f9c58cfaa2a0edb0b04bdc34c28e");
});

test("the text is erased before the digest is known, also if it is no key", async () => {
  for (const from of [EXAMPLE, EXAMPLE.slice(1), "K7fQ…mibC", ""]) {
    const text = bytes(from);
    const question = questionAbout(text);
    expect(
      text.every((byte) => byte === 0),
      from,
    ).toBe(true);
    expect(JSON.stringify(await question)).not.toContain(EXAMPLE.slice(4, -4));
  }
});

test("the text is erased if the browser can't compute digests", async () => {
  vi.stubGlobal("crypto", {});
  const text = bytes(EXAMPLE);
  expect(await questionAbout(text)).toEqual({ kind: "insecure" });
  expect(text.every((byte) => byte === 0)).toBe(true);
});
