// Tests the code of PageAddresses, the CloudFront Function in template.yaml, as CloudFormation would deploy it:
// `node --test xtask/page-addresses.test.mjs`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

const template = readFileSync(new URL("../template.yaml", import.meta.url), "utf8");

/** The values that CloudFormation inserts into the code. */
const VALUES = {
  ApiAddress: "https://abcdefghij.execute-api.eu-west-1.amazonaws.com",
  "AWS::Region": "eu-west-1",
  DashboardClient: "5example5client5",
  People: "eu-west-1_Example",
  SignInPage: "acme-keys",
};

/** The block of text under a resource's property. */
function block(resource, property) {
  const lines = template.split("\n");
  const start = lines.indexOf(`  ${resource}:`);
  const named = lines.findIndex((line, at) => at > start && line.trim() === `${property}: !Sub`);
  const opening = named + 1;
  assert.ok(start >= 0 && named >= 0 && lines[opening].trim() === "- |", `${resource}.${property} is not where this test looks`);
  const indent = lines[opening].search(/\S/);
  const after = lines.slice(opening + 1);
  const end = after.findIndex((line) => line.trim() !== "" && line.search(/\S/) <= indent);
  return after.slice(0, end).join("\n");
}

/** Replaces expressions like Fn::Sub. An unknown name fails the deployment, and here the test. */
const code = block("PageAddresses", "FunctionCode").replace(/\$\{([^}]*)\}/g, (_, name) => {
  assert.ok(Object.hasOwn(VALUES, name), `Fn::Sub would look for ${name}`);
  return VALUES[name];
});

/** The function's result for a GET. The function has no access to Node, and the result goes through JSON as in CloudFront. */
function answer(uri, querystring = {}) {
  const event = {
    version: "1.0",
    context: { eventType: "viewer-request" },
    viewer: { ip: "203.0.113.7" },
    request: { method: "GET", uri, querystring, headers: {}, cookies: {} },
  };
  const result = runInNewContext(`${code}\nJSON.stringify(handler(event));`, { event });
  return { event, result: JSON.parse(result) };
}

for (const uri of [
  "/",
  "/dashboard/api-keys",
  "/callback",
  "/signed-out",
  "/a.b/c",
  "/assets/",
  "/config",
  "/config.json/",
  "//",
  "/%2e",
  "/%2Fconfig%2Ejson",
  "",
]) {
  test(`${JSON.stringify(uri)} is the page`, () => {
    const { event, result } = answer(uri, { code: { value: "x" } });
    assert.deepEqual(result, { ...event.request, uri: "/index.html" });
    assert.deepEqual(result.querystring, { code: { value: "x" } });
  });
}

for (const uri of [
  "/index.html",
  "/icon.svg",
  "/assets/a-123.js",
  "/assets/open-sans-latin-DPNHYqvY.woff2",
  "/Config.json",
  "/a/config.json",
  "//config.json",
  "/config.json%00",
  "/..",
  "/a/../b.c",
]) {
  test(`${JSON.stringify(uri)} is unchanged`, () => {
    const { event, result } = answer(uri);
    assert.deepEqual(result, { ...event.request, uri });
  });
}

test("/config.json says where the API and the sign-in are", () => {
  const { result } = answer("/config.json", { x: { value: "1" } });
  const { statusCode, headers, body } = result;
  assert.equal(statusCode, 200);
  assert.equal(headers["content-type"].value, "application/json");
  assert.equal(headers["cache-control"].value, "no-store");
  assert.equal(body.encoding, "text");
  assert.deepEqual(JSON.parse(body.data), {
    apiAddress: "https://abcdefghij.execute-api.eu-west-1.amazonaws.com",
    issuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example",
    clientId: "5example5client5",
    signInAddress: "https://acme-keys.auth.eu-west-1.amazoncognito.com",
  });
});

test("/config.json has the same security headers as the page", () => {
  const { headers } = answer("/config.json").result;
  assert.equal(headers["x-content-type-options"].value, "nosniff");
  assert.equal(headers["cross-origin-resource-policy"].value, "same-origin");
  const [, seconds] = template.match(/AccessControlMaxAgeSec: (\d+)/);
  assert.equal(headers["strict-transport-security"].value, `max-age=${seconds}`);
});

test("CloudFront accepts the code", () => {
  assert.ok(Buffer.byteLength(code) <= 10_000, "more than 10 KB");
  // Header names of generated responses must be in lower case.
  const { headers } = answer("/config.json").result;
  for (const name of Object.keys(headers)) assert.equal(name, name.toLowerCase());
});
