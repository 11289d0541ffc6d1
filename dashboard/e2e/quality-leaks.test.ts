import { expect, test } from "@playwright/test";
import { EXAMPLE } from "../src/find-key/key-fixture";
import { startStack } from "./fixture";
import { ADMIN, heightOf, type Visitor } from "./world";

const world = startStack();
const KEYS = "/admin/v1/api-keys";
const FIND = `**${KEYS}/find`;
/** The dark colors are the same in every width. */
const WIDTHS = { light: [320, 1024, 1280, 1600], dark: [320, 1280] };
/** axe takes long, and finds the same in similar widths. */
const AXE_WIDTHS = { light: [320, 1280], dark: [1280] };
/** The longest name, which can't be broken into lines, and one from right to left. */
const LONG = "W".repeat(100);
const HEBREW = "עדה לאבלייס";
const AT = "2026-02-01T09:30:00.000Z";

const KEY = {
  keyId: "01KGBA0RVS9W3T5V8YB2C4E6G8",
  name: LONG,
  mask: "K7fQ…mibC",
  scopes: ["deprovisioning", "scim", "audit-log"],
  createdBy: { accountId: "ada", email: `${"a".repeat(64)}@acme.example`, suspended: true },
  createdAt: AT,
  suspensionLimit: "policy",
};
/** Addresses of the maximum length, without a place to break them, and with text from right to left. */
const FOUND_AT = [
  `https://${"a".repeat(60)}.example/${"b".repeat(230)}`,
  `http://paste.example:8080/${encodeURIComponent(HEBREW)}`,
  "https://github.example/acme/offboarding/blob/main/scripts/.env.production",
];

/** Events that no test can make: reports by GitHub, and keys in wrong places. */
function events(): Record<string, unknown>[] {
  const party = (type: string, part = {}) => ({ type, name: null, email: null, company: "acme", ...part });
  const key = party("API_KEY", { id: KEY.keyId, name: LONG, mask: KEY.mask });
  const leak = { foundAt: FOUND_AT, leakedMask: "ABcd…wxYZ" };
  return [
    {
      action: "REVOKE_LEAKED_API_KEY",
      actor: party("FINDER"),
      ip: "2001:db8::7",
      foundAt: FOUND_AT.slice(1),
    },
    { action: "REVOKE_LEAKED_API_KEY", actor: party("GITHUB", { name: "GitHub" }), ...leak },
    { action: "REPORT_LEAKED_API_KEY", actor: party("GITHUB", { name: "GitHub" }), ...leak },
    { action: "EXPOSE_API_KEY", actor: key, place: "query", ip: "198.51.100.7" },
  ].map((part, i) => ({ id: `event-${i}`, date: AT, snapshotDate: AT, affected: key, ...part }));
}

/** Answers questions about digests. */
async function answer(visitor: Visitor, json: unknown, status = 200): Promise<void> {
  await visitor.page.unroute(FIND);
  await visitor.page.route(FIND, (route) => route.fulfill({ json, status }));
}

async function ask(visitor: Visitor, text: string): Promise<void> {
  await visitor.page.getByLabel("API key", { exact: true }).fill(text);
  await visitor.button("Find key").click();
}

/** Adds members to keys, by their IDs, in the responses about keys. */
async function pretend(visitor: Visitor, parts: Record<string, Record<string, unknown>>): Promise<void> {
  await visitor.page.route(new RegExp(`${KEYS}(/\\w{26})?(\\?|$)`), async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch();
    const json = (await response.json()) as { keyId?: string; apiKeys?: { keyId: string }[] };
    for (const key of [json, ...(json.apiKeys ?? [])]) Object.assign(key, parts[key.keyId ?? ""]);
    return route.fulfill({ response, json });
  });
}

/** Shows everything about found and leaked keys. */
async function everywhere(visitor: Visitor, look: (where: string) => Promise<void>): Promise<void> {
  const { page } = visitor;
  await visitor.signIn(ADMIN, "/dashboard/find-key");
  await visitor.button("Find key").waitFor();
  await look("find key");
  await ask(visitor, EXAMPLE.slice(2, -3));
  await visitor.text("are too few").waitFor();
  await look("find key, with a mistake");
  await ask(visitor, KEY.mask);
  await visitor.text("This is a mask").waitFor();
  await look("find key, a mask");
  await answer(visitor, { apiKey: KEY, foundSecret: { mask: KEY.mask, state: "current" } });
  await ask(visitor, EXAMPLE);
  await visitor.text("This key works").waitFor();
  await look("find key, it works");
  const hebrew = { ...KEY, name: HEBREW, createdBy: { accountId: "x", email: "a@b.example" } };
  const ended = { apiKey: { ...hebrew, revokedAt: AT }, foundSecret: { mask: "ABcd…wxYZ", state: "ended" } };
  await answer(visitor, ended);
  await ask(visitor, EXAMPLE);
  await visitor.text("This key is revoked").waitFor();
  await look("find key, it has ended");
  const type = "urn:company-api-keys:problem:not-found";
  await answer(visitor, { type, title: "Not found", status: 404 }, 404);
  await ask(visitor, EXAMPLE);
  await visitor.text("Your company has no such key").waitFor();
  await look("find key, unknown");
  await answer(visitor, { message: LONG }, 503);
  await ask(visitor, EXAMPLE);
  await visitor.text("The key can't be looked up").waitFor();
  await look("find key, with a problem");

  const create = (name: string) =>
    world.stack.as<{ keyId: string }>(ADMIN, KEYS, { name, scopes: KEY.scopes });
  const { keyId } = await create(LONG);
  const { keyId: revoked } = await create("Found by somebody");
  const { keyId: byGitHub } = await create("Found by GitHub");
  await pretend(visitor, {
    [keyId]: { leakReportedAt: AT },
    [revoked]: { revokedAt: AT, revokedByReporter: "finder" },
    [byGitHub]: { revokedAt: AT, revokedByReporter: "github" },
  });
  await visitor.open("/dashboard/api-keys?state=all");
  await visitor.text("because GitHub found it in public").waitFor();
  await look("leaked, list of all keys");
  await visitor.open("/dashboard/api-keys");
  await visitor.text("GitHub found a key in public").waitFor();
  await look("leaked, list");
  await visitor.open(`/dashboard/api-keys/${keyId}`);
  await visitor.text("GitHub found this key in public").waitFor();
  await look("leaked, key page");
  await visitor.open(`/dashboard/api-keys/${revoked}`);
  await visitor.text("because somebody found it").waitFor();
  await look("leaked, revoked key");
  await page.route("**/admin/v1/audit-log?*", (route) => route.fulfill({ json: { data: events() } }));
  await visitor.open("/dashboard/activity");
  await visitor.text("Somebody who found the key reported").waitFor();
  // Nobody knows what is at a place that somebody reported.
  expect(await page.locator("a[href*='example']").count()).toBe(0);
  await look("leaked, activity");
  await visitor.open("/dashboard/key-policy");
  await page.getByRole("radio", { name: "Only alert" }).check();
  await visitor.scrollTo(page.getByRole("radio", { name: "Only alert" }));
  await look("leaked, policy");
  await visitor.button("Review and save").click();
  await visitor.dialog.getByText("Keys that GitHub finds in public will still work").waitFor();
  await look("leaked, policy, asked");
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`${colorScheme}: axe finds no errors about found and leaked keys, and nothing is wider than the window`, async () => {
    test.setTimeout(300_000);
    const visitor = await world.visit({ colorScheme });
    const found: string[] = [];
    const folder = process.env.SCREENSHOTS;
    await everywhere(visitor, async (where) => {
      for (const width of WIDTHS[colorScheme]) {
        await visitor.page.setViewportSize({ width, height: heightOf(width) });
        // Tables become cards.
        await visitor.page.mouse.move(0, 0);
        await visitor.page.waitForTimeout(150);
        const violations = AXE_WIDTHS[colorScheme].includes(width) ? await visitor.violations() : [];
        for (const violation of violations) found.push(`${where}, ${width} px: ${violation}`);
        const beyond = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (beyond > 0) found.push(`${where}: ${beyond} px beyond a window of ${width} px`);
        if (folder) await visitor.page.screenshot({ path: `${folder}/${where} ${colorScheme} ${width}.png` });
      }
      await visitor.page.setViewportSize({ width: 1280, height: 900 });
    });
    expect(found).toEqual([]);
  });
}
