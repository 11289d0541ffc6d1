import type { MailChanges, MailChoices, MailKind } from "../api/client";

/** The names of the kinds of mail, and when an administrator gets one. */
const TEXTS: Record<MailKind, { title: string; sentence: string }> = {
  expiring: {
    title: "A key stops working",
    sentence:
      "30 days, 7 days and 1 day before a key expires, when it has expired, and when the key policy holds a key.",
  },
  leaked: {
    title: "A key leaked",
    sentence: "When somebody found a key in public, or a request contained it where it is often logged.",
  },
  "used-after-end": {
    title: "A key is used after its end",
    sentence: "When somebody uses a revoked key, or a secret that a rotation ended.",
  },
  "suspension-limit": {
    title: "A key reaches its suspension limit",
    sentence: "When a key tries to suspend or delete more accounts in an hour than it may.",
  },
  "made-or-rotated": {
    title: "A key is created or rotated",
    sentence: "When a key or a new secret was made. You get no mail about what you did yourself.",
  },
  unused: {
    title: "A key is not used",
    sentence: "When nobody has used a key for 90 days, or a new secret for 7 days.",
  },
};

/** A kind of mail, as the form shows it. */
export interface Choice {
  kind: MailKind;
  title: string;
  description: string;
  isWanted: boolean;
}

/** The choices of the form: those that are saved, with what was changed since. */
export function choicesOf({ kinds }: MailChoices, changes: MailChanges): Choice[] {
  return kinds.map(({ kind, wanted, default: isDefault }) => {
    // The API may have a kind that this version of the page doesn't know.
    const texts = (TEXTS as Partial<typeof TEXTS>)[kind];
    const usual = `The default is ${isDefault ? "on" : "off"}.`;
    return {
      kind,
      title: texts?.title ?? kind,
      description: texts ? `${texts.sentence} ${usual}` : usual,
      isWanted: changes[kind] ?? wanted,
    };
  });
}

/** The changes that differ from what is saved. Only these are sent, so that another tab's changes stay. */
export function realChanges({ kinds }: MailChoices, changes: MailChanges): MailChanges {
  const real = kinds.filter(({ kind, wanted }) => changes[kind] !== undefined && changes[kind] !== wanted);
  return Object.fromEntries(real.map(({ kind, wanted }) => [kind, !wanted]));
}
