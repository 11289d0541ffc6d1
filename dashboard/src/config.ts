/** Where the page finds its API and its issuer. The stack that serves the page provides it as `/config.json`. */
export interface Config {
  /** `https://….execute-api.….amazonaws.com`, without a slash at the end. */
  apiAddress: string;
  /** The OpenID Connect issuer, exactly as in the tokens. */
  issuer: string;
  /** The page's client ID at the issuer. */
  clientId: string;
  /** Where people sign in and out. On AWS, this is another host than the issuer's. */
  signInAddress: string;
}

const MEMBERS = ["apiAddress", "issuer", "clientId", "signInAddress"] as const;

/** Reads the configuration. */
export async function loadConfig(): Promise<Config> {
  const response = await fetch("/config.json", { cache: "no-store", signal: AbortSignal.timeout(20_000) });
  const config: unknown = response.ok ? await response.json() : undefined;
  if (!isConfig(config)) throw new Error("config.json is missing or invalid");
  return config;
}

function isConfig(value: unknown): value is Config {
  return (
    typeof value === "object" &&
    value !== null &&
    MEMBERS.every((member) => typeof (value as Record<string, unknown>)[member] === "string")
  );
}
