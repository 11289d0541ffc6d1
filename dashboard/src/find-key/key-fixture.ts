/** The API key in the documentation, which is nobody's. */
export const EXAMPLE = "K7fQm2Vd8sTzWb4Hn9RpLc_cak1_xE3gUy6JkAoZ5tNwQvB1fM1TmibC";

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
