import { masked } from "./secrets";

const PREFIX = "kept:";

/** Keeps something of somebody's in this tab, also over a reload or signing in again; `undefined` removes it. */
export function keep(subject: string, what: string, value: unknown): void {
  const name = `${PREFIX}${subject}:${what}`;
  try {
    if (value === undefined) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, masked(JSON.stringify(value)));
  } catch {
    // The storage is full or forbidden: what is in the page's memory still works.
  }
}

/** What was kept. */
export function kept(subject: string, what: string): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(`${PREFIX}${subject}:${what}`) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** Forgets everything that was kept, of whomever. */
export function forgetKept(): void {
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
  }
}
