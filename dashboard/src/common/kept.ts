import { masked } from "./secrets";

const PREFIX = "kept:";

/** Stores a person's value in this tab. It survives a reload and a new sign-in. `undefined` removes it. */
export function keep(subject: string, what: string, value: unknown): void {
  const name = `${PREFIX}${subject}:${what}`;
  try {
    if (value === undefined) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, masked(JSON.stringify(value)));
  } catch {
    // The storage is full or not allowed. The value in the page's memory still works.
  }
}

/** A person's stored value. */
export function kept(subject: string, what: string): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(`${PREFIX}${subject}:${what}`) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** Removes everything that was stored, for all people. */
export function forgetKept(): void {
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
  }
}
