import { type Reading, readKey } from "./key-format";

/** What may be asked about a text: the digest of the key in it, or nothing and why. */
export type Question =
  { kind: "digest"; digest: string } | Exclude<Reading, { kind: "key" }> | { kind: "insecure" };

/**
 * The question about the first API key in a text. The text is erased before this function returns its promise: the
 * digest is the only thing that is left of the key.
 */
export function questionAbout(text: Uint8Array<ArrayBuffer>): Promise<Question> {
  try {
    const reading = readKey(text);
    return reading.kind === "key" ? digestOf(reading.key) : Promise.resolve(reading);
  } finally {
    // `digest` has copied the key when it returns its promise.
    text.fill(0);
  }
}

async function digestOf(key: Uint8Array<ArrayBuffer>): Promise<Question> {
  // Browsers have it only on pages that nobody can have changed on their way: HTTPS, or this computer.
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  if (!subtle) return { kind: "insecure" };
  const digest = await subtle.digest("SHA-256", key);
  return { kind: "digest", digest: hex(new Uint8Array(digest)) };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
