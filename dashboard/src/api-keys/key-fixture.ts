import type { ApiKey } from "../api/client";

/** The time in tests of keys. */
export const NOW = new Date("2026-06-15T10:00:00Z");
/** An active key. */
export const KEY: ApiKey = {
  keyId: "01",
  name: "N",
  mask: "abcd…efgh",
  scopes: ["deprovisioning"],
  createdBy: { accountId: "a", email: "a@x" },
  createdAt: "2026-01-01T00:00:00Z",
  suspensionLimit: "policy",
};
