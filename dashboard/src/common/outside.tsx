import { Fragment, type ReactNode } from "react";

/** Characters of a text from which on a table shows the beginning of it, and the whole on hover. */
const LONG = 80;

/**
 * A text that other people wrote: a name, an address, an attribute. It may be in Hebrew or Arabic, or hold direction
 * marks. Isolated, it can't reorder what stands beside it.
 */
export function Outside({ children }: { children: string }): ReactNode {
  if (children.length <= LONG) return <bdi>{children}</bdi>;
  return (
    <bdi className="long" title={isolated(children)}>
      {children}
    </bdi>
  );
}

/** The same where only a string is possible, in an `aria-label` for example: U+2068 to U+2069 isolate the text. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

/** A sentence of our own words and texts of others. */
export type Words = readonly (string | { outside: string })[];

/** Writes a sentence: words`${outside(name)} was suspended.` */
export function words(strings: TemplateStringsArray, ...values: Words[]): Words {
  return strings.flatMap((own, i) => [own, ...(values[i] ?? [])]).filter((part) => part !== "");
}

/** A text of others, for a sentence. */
export function outside(text: string): Words {
  return [{ outside: text }];
}

/** Texts of others with commas between them, for a sentence. */
export function listed(texts: readonly string[]): Words {
  return texts.flatMap((text, i) => [...(i > 0 ? [", "] : []), { outside: text }]);
}

/** The sentence for a file: its characters, and nothing between them. */
export function plain(sentence: Words): string {
  return sentence.map((part) => (typeof part === "string" ? part : part.outside)).join("");
}

/** The sentence for the page. */
export function Sentence({ children }: { children: Words }): ReactNode {
  return children.map((part, i) => (
    <Fragment key={i}>{typeof part === "string" ? part : <Outside>{part.outside}</Outside>}</Fragment>
  ));
}
