import { expect, test } from "vitest";
import { guidesFor, settings, usages } from "./usage";

const API = "https://api.example";

test.each([
  [
    "deprovisioning",
    `curl -i -X POST '${API}/enterprise/v1/accounts/ada%40example.com/suspend' -H "Authorization: apikey $KEY"`,
  ],
  [
    "accounts:read",
    `curl -i '${API}/enterprise/v1/accounts/ada%40example.com' -H "Authorization: apikey $KEY"`,
  ],
  ["scim:read", `curl -i '${API}/enterprise/v1/scim/Users?count=10' -H "Authorization: Bearer $KEY"`],
  ["scim", `curl -i '${API}/enterprise/v1/scim/Users?count=10' -H "Authorization: Bearer $KEY"`],
  [
    "accounts:read",
    `curl -i '${API}/enterprise/v1/accounts/ada%40example.com' -H "Authorization: apikey $KEY"`,
  ],
  ["scim:read", `curl -i '${API}/enterprise/v1/scim/Users?count=10' -H "Authorization: Bearer $KEY"`],
  ["audit-log", `curl -i '${API}/enterprise/v1/audit-log?maxResults=10' -H "Authorization: apikey $KEY"`],
])("%s", (scope, command) => {
  expect(usages(API, [scope]).map((usage) => usage.command)).toEqual([command]);
});

test("a scope and its read-only one have the same request once", () => {
  expect(usages(API, ["scim", "scim:read"])).toHaveLength(1);
  expect(usages(API, ["deprovisioning", "accounts:read"])).toHaveLength(2);
});

test("a key with several scopes has a request for each, in their order, and none for an unknown scope", () => {
  expect(usages(API, ["audit-log", "paint", "scim"]).map(({ purpose }) => purpose)).toEqual([
    "Read the audit log.",
    "List accounts with SCIM.",
  ]);
});

test("Okta, Entra ID and a SIEM collector get their addresses, if the key has their scope", () => {
  expect(settings(API, ["deprovisioning", "scim:read"])).toEqual([]);
  expect(settings(API, ["scim", "audit-log"]).map(({ command }) => command)).toEqual([
    `${API}/enterprise/v1/scim`,
    `${API}/enterprise/v1/scim`,
    `${API}/enterprise/v1/audit-log`,
  ]);
});

test("a guide is named once", () => {
  const guides = guidesFor(["deprovisioning", "scim", "accounts:read", "scim:read", "paint"]);
  expect(guides.map(({ title }) => title)).toEqual(["Deprovisioning API", "SCIM API", "Okta", "Entra ID"]);
});
