/** The length of an API key in characters, all of them ASCII: `RANDOM`, `MARKER`, `RANDOM`, `CHECKSUM`. */
const LENGTH = 56;
const RANDOM = 22;
const CHECKSUM = 6;
const MARKER = bytesOf("_cak1_");
const BASE62 = bytesOf("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
/** The length of what follows the marker. */
const AFTER_MARKER = RANDOM + CHECKSUM;

/** What a text contains that may be an API key. Nothing here has characters of the key itself. */
export type Reading =
  /** The first well-formed key, as a view into the text that was read. */
  | { kind: "key"; key: Uint8Array<ArrayBuffer> }
  | { kind: "empty" }
  /** The text is a mask, `K7fQ…mibC`, which identifies a key but isn't one. A mask is not secret. */
  | { kind: "mask"; mask: string }
  /** There is no `_cak1_`, which every key contains. */
  | { kind: "no-marker" }
  /** The letters and digits around the first `_cak1_` are too few. */
  | { kind: "incomplete"; before: number; after: number }
  /** The checksum doesn't match the other characters. */
  | { kind: "checksum"; extra: boolean };

/**
 * Finds the first well-formed API key in a text: length, alphabet and checksum are as `shared/domain/src/key` makes them.
 * It reads bytes and no strings, because strings can't be erased, and a regular expression keeps the last text that it
 * was used on (`RegExp.input`).
 */
export function readKey(text: Uint8Array<ArrayBuffer>): Reading {
  let first: Reading | undefined;
  for (let at = markerFrom(text, 0); at >= 0; at = markerFrom(text, at + 1)) {
    const reading = keyAround(text, at);
    if (reading.kind === "key") return reading;
    first ??= reading;
  }
  if (first) return first;
  const [from, to] = trimmed(text);
  if (from === to) return { kind: "empty" };
  const mask = maskIn(text.subarray(from, to));
  return mask ? { kind: "mask", mask } : { kind: "no-marker" };
}

/** Reads the key with its marker at this position. */
function keyAround(text: Uint8Array<ArrayBuffer>, marker: number): Reading {
  const end = marker + MARKER.length;
  const before = alphanumerics(text, marker - 1, -1);
  const after = alphanumerics(text, end, 1);
  if (before < RANDOM || after < AFTER_MARKER) return { kind: "incomplete", before, after };
  const key = text.subarray(marker - RANDOM, marker - RANDOM + LENGTH);
  const body = key.subarray(0, LENGTH - CHECKSUM);
  const isIntact = checksumOf(body).every((digit, i) => digit === key[body.length + i]);
  if (isIntact) return { kind: "key", key };
  return { kind: "checksum", extra: before > RANDOM || after > AFTER_MARKER };
}

/** The position of the next marker, or -1. */
function markerFrom(text: Uint8Array, from: number): number {
  for (let at = from; at + MARKER.length <= text.length; at += 1) {
    if (MARKER.every((byte, i) => text[at + i] === byte)) return at;
  }
  return -1;
}

/** How many letters and digits are in a row here. */
function alphanumerics(text: Uint8Array, from: number, step: 1 | -1): number {
  let count = 0;
  while (isAlphanumeric(text[from + count * step])) count += 1;
  return count;
}

function isAlphanumeric(byte: number | undefined): boolean {
  return byte !== undefined && BASE62.includes(byte);
}

/** Where a text begins and ends without spaces and control characters at both ends. */
function trimmed(text: Uint8Array): [from: number, to: number] {
  const isSpace = (byte: number | undefined) => byte !== undefined && byte <= 0x20;
  let [from, to] = [0, text.length];
  while (from < to && isSpace(text[from])) from += 1;
  while (to > from && isSpace(text[to - 1])) to -= 1;
  return [from, to];
}

/** The characters between the halves of a mask: an ellipsis, or three dots. */
const ELLIPSES = [bytesOf("…"), bytesOf("...")];

function maskIn(text: Uint8Array): string | undefined {
  const [first, last] = [text.subarray(0, 4), text.subarray(-4)];
  const middle = text.subarray(4, -4);
  const isEllipsis = ELLIPSES.some(
    (ellipsis) => ellipsis.length === middle.length && ellipsis.every((byte, i) => byte === middle[i]),
  );
  if (!isEllipsis || ![...first, ...last].every(isAlphanumeric)) return undefined;
  return `${String.fromCharCode(...first)}…${String.fromCharCode(...last)}`;
}

/** The CRC-32 (IEEE) as six digits of base 62, the highest first. */
export function checksumOf(text: Uint8Array): Uint8Array {
  const digits = new Uint8Array(CHECKSUM);
  let rest = crc32(text);
  for (let i = CHECKSUM - 1; i >= 0; i -= 1) {
    digits[i] = BASE62[rest % 62] ?? 0;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

function crc32(text: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of text) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
