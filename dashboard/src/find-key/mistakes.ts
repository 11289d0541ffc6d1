import type { Question } from "./question";

/** Why a text is no question about a key, and what to do. It contains nothing of the text. */
export function mistakeIn(question: Question): string | undefined {
  switch (question.kind) {
    case "empty":
      return "Paste an API key.";
    case "no-marker":
      return "This text contains no API key. Every API key has “_cak1_” after its first 22 characters.";
    case "incomplete":
      return `${missing(question)} Copy the whole key.`;
    case "checksum":
      return question.extra
        ? "This key has a typing error or too many characters: its checksum doesn't match. Copy the key again."
        : "This key has a typing error: its checksum doesn't match. Copy the key again.";
    default:
      return undefined;
  }
}

/** Which part of a key is too short. */
function missing({ before, after }: { before: number; after: number }): string {
  const [first, last] = [`${before} instead of 22`, `${after} instead of 28`];
  if (after >= 28) return `The letters and digits before “_cak1_” are too few: ${first}.`;
  if (before >= 22) return `The letters and digits after “_cak1_” are too few: ${last}.`;
  return `The letters and digits around “_cak1_” are too few: ${first} before it, and ${last} after it.`;
}
