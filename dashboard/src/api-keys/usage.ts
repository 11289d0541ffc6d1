/** The scopes that this page knows, and the guide to each; `build/guides.ts` makes the guides. */
export const GUIDE_OF_SCOPE: Readonly<Record<string, string>> = {
  deprovisioning: "/guide-deprovisioning.html",
  scim: "/guide-scim.html",
  "audit-log": "/guide-siem.html",
};

/** A first request with a key. */
export interface Usage {
  /** What it does. */
  purpose: string;
  /** The request, for bash, with the key in the variable `KEY`: it never stands in a command's text. */
  command: string;
}

/** A first request for each scope of a key; for scopes that this page doesn't know, there is none. */
export function usages(apiAddress: string, scopes: readonly string[]): Usage[] {
  const curl = (path: string, options = "", scheme = "apikey") =>
    `curl -i ${options}'${apiAddress}/enterprise/v1/${path}' -H "Authorization: ${scheme} $KEY"`;
  const known: Record<string, Usage> = {
    deprovisioning: {
      purpose: "Suspend an account: put its email address in place of ada%40example.com (%40 is @).",
      command: curl("accounts/ada%40example.com/suspend", "-X POST "),
    },
    scim: { purpose: "List accounts with SCIM.", command: curl("scim/Users?count=10", "", "Bearer") },
    "audit-log": { purpose: "Read the audit log.", command: curl("audit-log?maxResults=10") },
  };
  return scopes.flatMap((scope) => known[scope] ?? []);
}

/** Reads the key into the variable `KEY`, without showing it and without a trace in the shell's history. */
export const READ_KEY = "read -rsp 'API key: ' KEY";
