import type { components, paths } from "./schema";

type Schemas = components["schemas"];

// Written by hand until openapi.json has these shapes.

export interface ContainedDetails {
  networksTrial?: Schemas["NetworksTrial"];
  suspensionsThisHour?: number;
}

export type ContainmentAction = "UNDO_KEY_SUSPENSIONS" | "WITHDRAW_SUSPENSION";

export interface EventContainment {
  since?: string;
  undo?: string;
}

export interface KeySuspension {
  eventId: string;
  at: string;
  action: "SUSPEND_ACCOUNT" | "DELETE_ACCOUNT";
  accountId: string;
  email: string;
  name?: string;
  state: "suspended" | "unsuspended" | "deleted";
  undo: "unsuspends" | "stays-suspended" | "nothing";
  alsoBy: { type: "apiKey" | "account" | "operator"; id: string; at: string; name?: string }[];
  others?: boolean;
}

interface None {
  query?: never;
  header?: never;
  path?: never;
  cookie?: never;
}

interface OfKey extends Omit<None, "path"> {
  path: { keyId: string };
}

interface Answer<T> {
  200: { headers: Record<string, unknown>; content: { "application/json": T } };
}

export interface ContainmentPaths {
  "/admin/v1/api-keys/{keyId}/suspensions": {
    parameters: None;
    get: {
      parameters: {
        query?: { since?: string; until?: string; nextToken?: string };
        path: { keyId: string };
        header?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: Answer<{ suspensions: KeySuspension[]; nextToken?: string }>;
    };
  };
  "/admin/v1/api-keys/{keyId}/undo-suspensions": {
    parameters: None;
    post: {
      parameters: OfKey;
      requestBody: {
        content: { "application/json": { since: string; accounts: string[]; undoId?: string } };
      };
      responses: Answer<{ undoId: string; results: Schemas["AccountResult"][] }>;
    };
  };
}

export type AllPaths = paths & ContainmentPaths;
