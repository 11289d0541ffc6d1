import { describe, expect, test } from "vitest";
import { bytes, EXAMPLE } from "./key-fixture";
import { checksumOf, readKey } from "./key-format";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
/** What the text contains, with the key as a text. */
const read = (from: string) => {
  const reading = readKey(bytes(from));
  return reading.kind === "key" ? text(reading.key) : reading;
};
/** A well-formed key. */
const keyOf = (first: string, second: string) => {
  const body = `${first}_cak1_${second}`;
  return body + text(checksumOf(bytes(body)));
};
const OTHER = keyOf("a".repeat(22), "b".repeat(22));

test.each([
  // CRC-32/ISO-HDLC of "123456789" is 0xCBF43926.
  ["123456789", "3jZRME"],
  ["", "000000"],
  [EXAMPLE.slice(0, -6), "1TmibC"],
  // The checksum begins with zeros, and the highest bit of the checksum is set.
  ["pMDCezNzr6m2O8p4OvBIrq_cak1_eY0ZJXHmiKVAuOYDmT1B45", "0001LE"],
  ["RgJm0LiDFLML2fxSPlBjBx_cak1_5WpzwY0ANWWCfMdouHFMB1", "4gf8yV"],
])("the checksum of “%s”", (body, expected) => {
  expect(text(checksumOf(bytes(body)))).toBe(expected);
});

describe("the first key in a text is found", () => {
  test.each([
    ["alone", EXAMPLE],
    ["with spaces around it", `  \t${EXAMPLE}\r\n`],
    ["in a header", `Authorization: apikey ${EXAMPLE}`],
    ["in a setting", `KEY=${EXAMPLE}`],
    ["in JSON", `{"key":"${EXAMPLE}","name":"Ä"}`],
    ["in an address", `https://api.example/?key=${EXAMPLE}&limit=1`],
    ["among other letters and digits", `x9${EXAMPLE}Zz`],
    ["after characters of several bytes", `Schlüssel “${EXAMPLE}” 🔑`],
    ["before another key", `${EXAMPLE} ${OTHER}`],
    ["directly before another key", EXAMPLE + OTHER],
    ["after a key with a typing error", `${OTHER.replace("aa", "ab")}, no: ${EXAMPLE}`],
    ["after an incomplete key", `_cak1_ ${EXAMPLE}`],
  ])("%s", (_, from) => {
    expect(read(from)).toBe(EXAMPLE);
  });
});

test("the key is a view into the text, so that erasing the text erases the key", () => {
  const given = bytes(`apikey ${EXAMPLE}`);
  const reading = readKey(given);
  given.fill(0);
  expect(reading.kind === "key" && [...reading.key]).toEqual(Array(56).fill(0));
});

test("each other character is noticed", () => {
  for (let at = 0; at < EXAMPLE.length; at += 1) {
    for (const other of ["0", "Z", "-", "é"]) {
      if (EXAMPLE[at] === other) continue;
      const changed = EXAMPLE.slice(0, at) + other + EXAMPLE.slice(at + 1);
      expect(read(changed), changed).not.toBeTypeOf("string");
    }
  }
});

test.each([
  ["", { kind: "empty" }],
  [" \t\n\0", { kind: "empty" }],
  ["Hello", { kind: "no-marker" }],
  [EXAMPLE.replace("_cak1_", "_cak2_"), { kind: "no-marker" }],
  [EXAMPLE.slice(0, 27), { kind: "no-marker" }],
  ["_cak1_", { kind: "incomplete", before: 0, after: 0 }],
  [EXAMPLE.slice(1), { kind: "incomplete", before: 21, after: 28 }],
  [EXAMPLE.slice(0, -1), { kind: "incomplete", before: 22, after: 27 }],
  [EXAMPLE.replace("8", "-"), { kind: "incomplete", before: 13, after: 28 }],
  [EXAMPLE.replace("Z5", "Z 5"), { kind: "incomplete", before: 22, after: 12 }],
  [EXAMPLE.replace("m2", "2m"), { kind: "checksum", extra: false }],
  [EXAMPLE.toUpperCase().replace("CAK1", "cak1"), { kind: "checksum", extra: false }],
  [EXAMPLE.replace("m2", "mm2"), { kind: "checksum", extra: true }],
  [EXAMPLE.replace("xE", "xEE"), { kind: "checksum", extra: true }],
  ["K7fQ…mibC", { kind: "mask", mask: "K7fQ…mibC" }],
  [" K7fQ...mibC ", { kind: "mask", mask: "K7fQ…mibC" }],
  ["K7fQ…mib", { kind: "no-marker" }],
  ["K7f-…mibC", { kind: "no-marker" }],
  ["K7fQmibC", { kind: "no-marker" }],
] as const)("in “%s”, the mistake is found", (from, expected) => {
  expect(read(from)).toEqual(expected);
});

test("a long text is read at once", () => {
  const begin = performance.now();
  expect(read(`${"_cak1_ABC".repeat(100_000)} ${EXAMPLE}`)).toBe(EXAMPLE);
  expect(read("A".repeat(1_000_000))).toEqual({ kind: "no-marker" });
  expect(performance.now() - begin).toBeLessThan(5_000);
});
