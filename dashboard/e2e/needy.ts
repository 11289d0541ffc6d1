import type { ApiKey, AuditEvent } from "../src/api/client";
import type { Visitor } from "./world";

const DAY = 24 * 60 * 60 * 1000;

/** The time in this number of days. */
export function inDays(days: number): string {
  return new Date(Date.now() + days * DAY).toISOString();
}

/** A key with which nothing is the matter. */
function calm(id: string, part: Partial<ApiKey>): ApiKey {
  return {
    keyId: `01${id.toUpperCase()}`,
    name: `Key ${id}`,
    mask: `${id.slice(0, 4).padEnd(4, "x")}…wxYZ`,
    scopes: ["deprovisioning"],
    createdBy: { accountId: "a", email: "grace@acme.example" },
    createdAt: inDays(-200),
    lastUsedAt: inDays(-1),
    suspensionLimit: "policy",
    ...part,
  };
}

function held(reason: "administrator" | "networks", days: number): ApiKey["hold"] {
  return { from: inDays(days), reasons: [{ reason, from: inDays(days) }] };
}

/** Active keys of every kind that needs attention, most of which no test can make. None is in the right order. */
export function needyKeys(): ApiKey[] {
  const secret = { mask: "ABcd…wxYZ", createdAt: inDays(-8) };
  return [
    calm("calm", {}),
    calm("unused", { lastUsedAt: inDays(-91) }),
    calm("waiting", { newSecret: { ...secret, unusedUntil: inDays(6) } }),
    calm("overlapping", { oldSecret: { mask: secret.mask, endsAt: inDays(1), lastUsedAt: inDays(0) } }),
    calm("expires", { expiresAt: inDays(20) }),
    calm("limited", { limitedAt: inDays(0), limitedBy: "key" }),
    calm("owner", { createdBy: { accountId: "b", email: "gone@acme.example", suspended: true } }),
    calm("willhold", { hold: held("networks", 3) }),
    calm("soon", { expiresAt: inDays(2) }),
    calm("held", { hold: held("administrator", -1) }),
    calm("braked", { suspensionLimitReachedAt: inDays(0) }),
    calm("exposed", {}),
    calm("broken", { revocationBeganAt: inDays(-1) }),
    calm("leaked", { leakReportedAt: inDays(-2), lastUsedAt: inDays(-91) }),
  ];
}

/** The keys that have expired: one lately. */
export function expiredKeys(): ApiKey[] {
  return [calm("late", { expiresAt: inDays(-1) }), calm("old", { expiresAt: inDays(-30) })];
}

/** Events about keys that need attention. */
export function events(): AuditEvent[] {
  const event = (action: AuditEvent["action"], { keyId, name, mask }: ApiKey, times?: number): AuditEvent => {
    const party = { type: "API_KEY", id: keyId, name, mask, email: null, company: "acme" } as const;
    const date = inDays(-0.5);
    return {
      id: `${action}${keyId}`,
      action,
      actor: party,
      affected: party,
      date,
      snapshotDate: date,
      ...(times && { times }),
    };
  };
  const gone = calm("gone", { revokedAt: inDays(-3) });
  return [
    event("EXPOSE_API_KEY", calm("exposed", {})),
    event("USE_REVOKED_API_KEY", gone, 41),
    event("USE_REVOKED_API_KEY", gone),
    event("REVOKE_LEAKED_API_KEY", calm("found", { revokedAt: inDays(-0.5) })),
  ];
}

/** What the home page reads. A function that returns nothing makes the read fail at once, without another attempt. */
export interface Answers {
  active: () => Promise<ApiKey[] | undefined> | ApiKey[] | undefined;
  expired: () => Promise<ApiKey[] | undefined> | ApiKey[] | undefined;
  events: () => Promise<AuditEvent[] | undefined> | AuditEvent[] | undefined;
}

const REFUSED = {
  status: 400,
  json: {
    type: "urn:company-api-keys:problem:invalid-request",
    title: "Invalid request",
    status: 400,
    detail: "The request was refused for a test.",
  },
};

/** Responds to what the home page reads. What is absent is as the stack says. */
export async function answer(visitor: Visitor, answers: Partial<Answers>): Promise<void> {
  await visitor.page.route(/\/admin\/v1\/api-keys\?/, async (route) => {
    const state = new URL(route.request().url()).searchParams.get("state");
    const keys = answers[state === "expired" ? "expired" : "active"];
    if (!keys) return route.fallback();
    const apiKeys = await keys();
    return route.fulfill(apiKeys ? { json: { apiKeys, activeKeyLimit: 50 } } : REFUSED);
  });
  await visitor.page.route(/\/admin\/v1\/audit-log\?/, async (route) => {
    if (!answers.events) return route.fallback();
    const data = await answers.events();
    return route.fulfill(data ? { json: { data } } : REFUSED);
  });
}

/** The keys that need attention, and what is the matter with each. */
export function attention(visitor: Visitor) {
  return visitor.page.getByRole("list", { name: "Keys that need attention" });
}
