import { Fragment, type ReactNode } from "react";

/** A table shows only the beginning of a text with more characters than this, and all of it on hover. */
const LONG = 80;

/**
 * A text that other people wrote: a name, an address, an attribute. It may be in Hebrew or Arabic, or contain direction
 * marks. Because it is isolated, it can't reorder the text next to it.
 */
export function Outside({ children }: { children: string }): ReactNode {
  if (children.length <= LONG) return <bdi>{children}</bdi>;
  return (
    <bdi className="long" title={isolated(children)}>
      {children}
    </bdi>
  );
}

/** The same as a string, for example for an `aria-label`. The characters U+2068 and U+2069 isolate the text. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

/** A sentence of our own words and texts of other people. */
export type Words = readonly (string | { outside: string })[];

/** Builds a sentence: words`${outside(name)} was suspended.` */
export function words(strings: TemplateStringsArray, ...values: Words[]): Words {
  return strings.flatMap((own, i) => [own, ...(values[i] ?? [])]).filter((part) => part !== "");
}

/** A text of other people, as a part of a sentence. */
export function outside(text: string): Words {
  return [{ outside: text }];
}

/** Texts of other people with commas between them, as a part of a sentence. */
export function listed(texts: readonly string[]): Words {
  return texts.flatMap((text, i) => [...(i > 0 ? [", "] : []), { outside: text }]);
}

/** Titles in quotes, because a title may contain a comma or an "and". */
export function quoted(titles: readonly string[]): Words {
  return titles.flatMap((title, i) => [i > 0 ? ", “" : "“", { outside: title }, "”"]);
}

/** The sentence for a file: only its characters, without isolation. */
export function plain(sentence: Words): string {
  return sentence.map((part) => (typeof part === "string" ? part : part.outside)).join("");
}

/** The sentence for the page. */
export function Sentence({ children }: { children: Words }): ReactNode {
  return children.map((part, i) => (
    <Fragment key={i}>{typeof part === "string" ? part : <Outside>{part.outside}</Outside>}</Fragment>
  ));
}
