import type { ApiKey } from "../api/client";

/** How long the list shows that a key was limited, in milliseconds. */
const SHOWN = 60 * 60 * 1000;

const REASONS: Record<NonNullable<ApiKey["limitedBy"]>, string> = {
  key: "Too many requests with this key in a minute",
  auditLog: "Too many requests to the audit log in a minute",
  company: "Too many requests with all keys in a minute",
};

/** When and why a limit refused requests with the key, if that was within the last hour. */
export function recentlyLimited(key: ApiKey, now: Date): { at: string; reason: string } | undefined {
  if (!key.limitedAt || key.revokedAt) return undefined;
  if (now.getTime() - new Date(key.limitedAt).getTime() > SHOWN) return undefined;
  // The API may have a limit that this version of the page doesn't know.
  const reason = key.limitedBy && (REASONS as Partial<typeof REASONS>)[key.limitedBy];
  return { at: key.limitedAt, reason: reason ?? "Too many requests in a minute" };
}
