/** A document about the use of keys. `build/guides.ts` makes them. */
export interface Guide {
  title: string;
  href: string;
}

/** The guides to each scope that this version of the page knows. */
const GUIDES_OF_SCOPE: Readonly<Record<string, readonly string[]>> = {
  deprovisioning: ["deprovisioning"],
  scim: ["scim", "okta", "entra-id"],
  "audit-log": ["siem"],
  "accounts:read": ["deprovisioning"],
  "scim:read": ["scim"],
};

const GUIDES: Readonly<Record<string, string>> = {
  deprovisioning: "Deprovisioning API",
  scim: "SCIM API",
  okta: "Okta",
  "entra-id": "Entra ID",
  siem: "Audit Log API",
};

/** The guides for a key with these scopes. */
export function guidesFor(scopes: readonly string[]): Guide[] {
  const names = new Set(scopes.flatMap((scope) => GUIDES_OF_SCOPE[scope] ?? []));
  return [...names].map((name) => ({ title: GUIDES[name] ?? name, href: `/guide-${name}.html` }));
}

/** The guide to keys that rotate themselves. */
export const GUIDE_OF_SELF_ROTATION = "/guide-secret-managers.html";

/** Something to paste in order to use a key. */
export interface Usage {
  /** What it does, or where to paste it. */
  purpose: string;
  /** A command for bash, with the key in the variable `KEY`, or a setting. The key is never in the text. */
  command: string;
}

/** An example request for each scope of a key. Scopes that this version of the page doesn't know have none. */
export function usages(apiAddress: string, scopes: readonly string[]): Usage[] {
  const curl = (path: string, options = "", scheme = "apikey") =>
    `curl -i ${options}'${apiAddress}/enterprise/v1/${path}' -H "Authorization: ${scheme} $KEY"`;
  const account = "Replace ada%40example.com with its email address (%40 is @).";
  const listUsers = {
    purpose: "List accounts with SCIM.",
    command: curl("scim/Users?count=10", "", "Bearer"),
  };
  const known: Record<string, Usage> = {
    deprovisioning: {
      purpose: `Suspend an account. ${account}`,
      command: curl("accounts/ada%40example.com/suspend", "-X POST "),
    },
    scim: listUsers,
    "audit-log": { purpose: "Read the audit log.", command: curl("audit-log?maxResults=10") },
    "accounts:read": {
      purpose: `Look up an account. ${account}`,
      command: curl("accounts/ada%40example.com"),
    },
    "scim:read": listUsers,
  };
  const found = scopes.flatMap((scope) => known[scope] ?? []);
  return found.filter(({ command }, i) => found.findIndex((other) => other.command === command) === i);
}

/** What to enter in the programs that usually call the APIs of these scopes. The key is their secret or token. */
export function settings(apiAddress: string, scopes: readonly string[]): Usage[] {
  const scim = `${apiAddress}/enterprise/v1/scim`;
  const known: Record<string, Usage[]> = {
    scim: [
      {
        purpose: "Okta: SCIM connector base URL. Choose HTTP Header, and enter the key at Bearer.",
        command: scim,
      },
      { purpose: "Entra ID: Tenant URL. Enter the key at Secret Token.", command: scim },
    ],
    "audit-log": [
      {
        purpose: "SIEM collector: address. Send the key in the header Authorization.",
        command: `${apiAddress}/enterprise/v1/audit-log`,
      },
    ],
  };
  return scopes.flatMap((scope) => known[scope] ?? []);
}

/** Reads the key into the variable `KEY`. The key is neither shown nor stored in the shell's history. */
export const READ_KEY = "read -rsp 'API key: ' KEY";
