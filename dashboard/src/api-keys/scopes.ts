import type { KeyPolicy, Scope } from "../api/client";

/** The read-only scope that a scope includes. */
const INCLUDED: Readonly<Record<string, string>> = {
  deprovisioning: "accounts:read",
  scim: "scim:read",
};

/** Whether a key with these scopes can do everything that this scope allows. */
export function covers(scopes: readonly string[], scope: string): boolean {
  return scopes.some((id) => id === scope || INCLUDED[id] === scope);
}

/** Whether one of the other scopes includes this one. */
export function isImplied(scopes: readonly string[], scope: string): boolean {
  return scopes.some((id) => id !== scope && INCLUDED[id] === scope);
}

/** The scopes after one was chosen or not. A scope that another one includes is not chosen in addition. */
export function withScope(chosen: readonly string[], scope: string, isChosen: boolean): string[] {
  const others = chosen.filter((id) => id !== scope);
  if (!isChosen) return others;
  return [...others.filter((id) => INCLUDED[scope] !== id), scope];
}

/** Divides scopes into those that the company's key policy offers, and those that it doesn't. */
export function offered(
  scopes: readonly Scope[],
  policy: KeyPolicy | undefined,
): { offered: Scope[]; denied: Scope[] } {
  const isOffered = ({ id }: Scope) => !policy?.scopes || covers(policy.scopes, id);
  return {
    offered: scopes.filter(isOffered),
    denied: scopes.filter((scope) => !isOffered(scope)),
  };
}

/** Whether both contain the same scopes. */
export function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}
