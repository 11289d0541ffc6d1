import { expect, test } from "@playwright/test";
import { isolated } from "../src/common/outside";
import { startStack } from "./fixture";
import { ADMIN, heightOf, SECOND_ADMIN, type Visitor } from "./world";

const world = startStack();

// A trace would keep the whole page at every look. An error names its place and its element anyway.
test.use({ trace: "off" });

const KEYS = "/admin/v1/api-keys";
const POLICY = "/admin/v1/key-policy";
const DAY = 24 * 60 * 60 * 1000;
const WIDTHS = [320, 1024, 1280, 1600];
/** The longest name, which can't be broken into lines, and one from right to left. */
const LONG = "W".repeat(100);
const HEBREW = "עדה לאבלייס";

/** Thirty days with many uses of every kind, as no test can make them. */
function manyUses(): Record<string, unknown> {
  const days = Array.from({ length: 30 }, (_, i) => ({
    date: new Date(Date.now() - i * DAY).toISOString().slice(0, 10),
    scopes: { deprovisioning: 40 + ((i * 37) % 60), "scim:read": (i * 101) % 350, "audit-log": 24 },
    ...(i % 9 === 0 && { anyScope: 5 }),
    refused: i % 7 === 3 ? { limited: 30 + i, scope: 2 } : {},
  }));
  return {
    days,
    lastUse: {
      at: new Date().toISOString(),
      ip: "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
      scope: "scim:read",
    },
    scopes: [
      { scope: "deprovisioning", lastUsedOn: days[0]?.date },
      { scope: "scim" },
      { scope: "audit-log", lastUsedOn: days[0]?.date },
    ],
    unusedScopes: ["scim"],
    narrowed: ["deprovisioning", "scim:read", "audit-log"],
  };
}

/** Creates keys that need attention in every way. Returns the ID of the one with the most to say. */
async function createKeys(): Promise<string> {
  const scopes = ["deprovisioning", "scim", "audit-log"];
  const create = (body: Record<string, unknown>, email = ADMIN) =>
    world.stack.as<{ keyId: string; key: string }>(email, KEYS, { scopes, ...body });
  await create({ name: LONG, note: `${LONG} ${LONG}` });
  await create({ name: HEBREW, expiresAt: new Date(Date.now() + 20 * DAY).toISOString() }, SECOND_ADMIN);
  const { keyId: held } = await create({ name: "Collector" });
  await world.stack.as(ADMIN, `${KEYS}/${held}/hold`, {});
  const { keyId } = await create({
    name: "Okta",
    note: "Stored in the vault under okta/provisioning.\nAsk Ada before you change it.",
    selfRotation: { lifetimeDays: 90 },
  });
  await world.stack.as(ADMIN, `${KEYS}/${keyId}/rotate`, {});
  return keyId;
}

/** Shows the list, a key's page and the key policy, with every dialog. */
async function everywhere(visitor: Visitor, look: (where: string) => Promise<void>): Promise<void> {
  const { page } = visitor;
  const keyId = await createKeys();
  await page.route(`**${KEYS}/${keyId}`, async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch();
    const json = (await response.json()) as Record<string, unknown>;
    return route.fulfill({ response, json: { ...json, uses: manyUses() } });
  });
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.text("Okta").waitFor();
  await look("keys, list");
  await page.getByRole("checkbox", { name: new RegExp(isolated("Okta")) }).check({ force: true });
  await page.getByRole("checkbox", { name: new RegExp(isolated(LONG)) }).check({ force: true });
  await visitor.button("Revoke 2 keys").click();
  await visitor.inDialog("Revoke 2 API keys").click();
  await visitor.dialog.getByText("Enter four letters or digits").first().waitFor();
  await look("keys, revoke several");
  await visitor.inDialog("Cancel").click();
  await visitor.button("Held (1)").click();
  await visitor.text("Collector").waitFor();
  await look("keys, quick filter");

  await visitor.open(`/dashboard/api-keys/${keyId}`);
  await visitor.text("Take unused APIs away").waitFor();
  await page.locator("[aria-roledescription='bar chart']").waitFor();
  await look("key page");
  await page.getByRole("button", { name: "As a table" }).click();
  await visitor.scrollTo(page.getByRole("table", { name: "Requests a day" }));
  await look("key page, table");
  await visitor.scrollTo(page.getByText("How to use the key"));
  await look("key page, use");
  await visitor.button("Take unused APIs away").click();
  await visitor.dialog.getByText("What you take away ends at once").waitFor();
  await look("key page, edit");
  await page.keyboard.press("Escape");
  await visitor.dialog.waitFor({ state: "detached" });
  await visitor.button("Hold").click();
  await visitor.dialog.getByText("Everything that uses this key stops").waitFor();
  await look("key page, hold");
  await visitor.inDialog("Hold API Key").click();
  await visitor.text("This key is held").waitFor();
  await look("key page, held");
  await visitor.button("Release").click();
  await visitor.dialog.getByText("Requests with this key work again").waitFor();
  await look("key page, release");
  await visitor.open("/dashboard/api-keys/01KGBA0RVS9W3T5V8YB2C4E6G8");
  await visitor.text("API key not found").waitFor();
  await look("key page, unknown");

  await visitor.open("/dashboard/key-policy");
  for (const name of [
    "Limit the lifetime of keys",
    "Hold keys that nobody uses",
    "Limit the APIs that keys can call",
  ]) {
    await page.getByRole("checkbox", { name }).check();
  }
  await visitor.scope("Audit Log API").uncheck();
  await page.getByLabel("Days of grace").fill("0");
  await visitor.button("Review and save").click();
  await visitor.text("Enter a whole number of days from 1 to 90.").waitFor();
  await look("key policy, with a mistake");
  await page.getByLabel("Days of grace").fill("7");
  await visitor.button("Review and save").click();
  await visitor.dialog.getByText(/^\d+ keys will break this policy/).waitFor();
  await look("key policy, asked");
  await visitor.inDialog("Save").click();
  await visitor.text("The key policy is saved").waitFor();
  await visitor.scrollTo(page.getByText("Keys that break the saved policy"));
  await look("key policy, saved");
  await visitor.open("/dashboard/activity");
  await visitor.text("changed the key policy").waitFor();
  await look("keys, activity");
  await visitor.open(`/dashboard/api-keys`);
  await visitor.button("Create API Key").first().click();
  await visitor.dialog.getByText("Your company's key policy doesn't offer").waitFor();
  await visitor.dialog.getByRole("checkbox", { name: "Let this key rotate itself" }).check();
  await look("keys, create under a policy");
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`${colorScheme}: axe finds no errors about keys under control, and nothing is wider than the window`, async () => {
    test.setTimeout(400_000);
    // The policy of an earlier test would change what is shown.
    const nothing = { mustExpire: false, graceDays: 14 };
    const authorization = await world.stack.bearer(ADMIN);
    const headers = { authorization, "content-type": "application/json" };
    await fetch(world.stack.api + POLICY, { method: "PUT", headers, body: JSON.stringify(nothing) });
    await revokeAll();
    const visitor = await world.visit({ colorScheme });
    const found: string[] = [];
    const folder = process.env.SCREENSHOTS;
    await everywhere(visitor, async (where) => {
      for (const width of WIDTHS) {
        await visitor.page.setViewportSize({ width, height: heightOf(width) });
        // Tables become cards, and the chart is drawn anew. A part of it that is pointed at dims the others.
        await visitor.page.mouse.move(0, 0);
        await visitor.page.waitForTimeout(150);
        for (const violation of await visitor.violations()) found.push(`${where}, ${width} px: ${violation}`);
        const beyond = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (beyond > 0) found.push(`${where}: ${beyond} px beyond a window of ${width} px`);
        if (folder) await visitor.page.screenshot({ path: `${folder}/${where} ${colorScheme} ${width}.png` });
      }
      await visitor.page.setViewportSize({ width: 1280, height: 900 });
    });
    expect(found).toEqual([]);
  });
}

/** Revokes the keys of an earlier test. */
async function revokeAll(): Promise<void> {
  const list = await world.stack.as<{ apiKeys: { keyId: string; mask: string }[] }>(
    ADMIN,
    `${KEYS}?limit=100`,
  );
  for (const { keyId, mask } of list.apiKeys) {
    const characters = { firstFour: mask.slice(0, 4), lastFour: mask.slice(-4) };
    await world.stack.as(ADMIN, `${KEYS}/${keyId}/revoke`, characters);
  }
}
