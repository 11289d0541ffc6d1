/** The guide to each scope that this version of the page knows. `build/guides.ts` makes the guides. */
export const GUIDE_OF_SCOPE: Readonly<Record<string, string>> = {
  deprovisioning: "/guide-deprovisioning.html",
  "accounts:read": "/guide-deprovisioning.html",
  scim: "/guide-scim.html",
  "scim:read": "/guide-scim.html",
  "audit-log": "/guide-siem.html",
};

/** The guide to keys that rotate themselves. */
export const GUIDE_OF_SELF_ROTATION = "/guide-secret-managers.html";

/** An example request for a new key. */
export interface Usage {
  /** What the request does. */
  purpose: string;
  /** The request, for bash. The key is in the variable `KEY`, never in the text of the command. */
  command: string;
}

/** An example request for each scope of a key, each request once. Scopes that this version of the page doesn't know have none. */
export function usages(apiAddress: string, scopes: readonly string[]): Usage[] {
  const curl = (path: string, options = "", scheme = "apikey") =>
    `curl -i ${options}'${apiAddress}/enterprise/v1/${path}' -H "Authorization: ${scheme} $KEY"`;
  const listUsers = {
    purpose: "List accounts with SCIM.",
    command: curl("scim/Users?count=10", "", "Bearer"),
  };
  const known: Record<string, Usage> = {
    deprovisioning: {
      purpose: "Suspend an account. Replace ada%40example.com with its email address (%40 is @).",
      command: curl("accounts/ada%40example.com/suspend", "-X POST "),
    },
    "accounts:read": {
      purpose:
        "Read whether an account is suspended. Replace ada%40example.com with its email address (%40 is @).",
      command: curl("accounts/ada%40example.com"),
    },
    scim: listUsers,
    "scim:read": listUsers,
    "audit-log": { purpose: "Read the audit log.", command: curl("audit-log?maxResults=10") },
  };
  return [...new Set(scopes.flatMap((scope) => known[scope] ?? []))];
}

/** Reads the key into the variable `KEY`. The key is neither shown nor stored in the shell's history. */
export const READ_KEY = "read -rsp 'API key: ' KEY";
