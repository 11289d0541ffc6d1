import type { ApiKey } from "./client";
import type { components } from "./schema";

/** The changes of a key. What is absent stays as it is. */
export type KeyChanges = Partial<components["schemas"]["ApiKeyChanges"]>;

/** How a key was used. Days are in UTC. */
export interface KeyUses {
  /** The 30 newest days, newest first. Days without uses are omitted. */
  days: {
    date: string;
    /** The number of admitted requests, by the scope that they needed. */
    scopes: Record<string, number>;
    /** The number of refused requests, by the reason. */
    refused: Record<string, number>;
  }[];
  lastUse?: { at: string; ip?: string; scope: string };
  /** Each scope of the key. */
  scopes: { scope: string; lastUsedOn?: string }[];
  /** The scopes that nobody has used for 90 days, if the key is that old. */
  unusedScopes: string[];
  /** The scopes to which the key can be narrowed. */
  narrowed?: string[];
}

/** A key and how it was used. */
export type ApiKeyDetails = ApiKey & { uses: KeyUses };

/** The changes as a request's body. The API's description calls every member required, although each may be absent. */
export function changesBody(changes: KeyChanges): components["schemas"]["ApiKeyChanges"] {
  return changes as components["schemas"]["ApiKeyChanges"];
}
