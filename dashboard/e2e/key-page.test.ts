import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, SECOND_ADMIN, type Visitor } from "./world";

const world = startStack();
const ACCOUNT = "member-6@acme.example";

/** Opens the page of a key and signs in. */
async function atKey(keyId: string): Promise<Visitor> {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, `/dashboard/api-keys/${keyId}`);
  await visitor.button("Edit").waitFor();
  return visitor;
}

/** Waits until the page, which is read again meanwhile, shows this. */
async function shows(visitor: Visitor, text: string | RegExp): Promise<void> {
  await expect
    .poll(
      async () => {
        await visitor.button("Refresh").click();
        return visitor.page.locator("main").getByText(text).count();
      },
      { timeout: 20_000 },
    )
    .toBeGreaterThan(0);
}

test("the list leads to a key's page with its uses, events and how to call the API", async () => {
  const { keyId, key, mask } = await world.stack.as<{ keyId: string; key: string; mask: string }>(
    ADMIN,
    "/admin/v1/api-keys",
    {
      name: "Okta",
      note: "Rotated by Ada.\nAsk her first.",
      scopes: ["deprovisioning", "scim", "audit-log"],
    },
  );
  for (let i = 0; i < 3; i += 1) expect(await world.stack.suspendWith(key, ACCOUNT)).toBe(200);
  const visitor = await world.visit();
  await visitor.context.grantPermissions(["clipboard-write"], { origin: world.stack.page });
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.page.getByRole("link", { name: "Okta", exact: true }).click();
  await visitor.page.waitForURL(`**/dashboard/api-keys/${keyId}`);
  const { page } = visitor;
  for (const text of [keyId, mask, /^Rotated by Ada\.\s+Ask her first\.$/, "created the API key"]) {
    await page.locator("main").getByText(text).first().waitFor();
  }
  await shows(visitor, /^For Deprovisioning API/);
  await visitor.text("Deprovisioning API: last needed on").waitFor();
  await visitor.text("SCIM API: not needed in the last 90 days").waitFor();
  // The chart, and the same as a table.
  await page
    .getByRole("application", { name: "Requests a day" })
    .or(page.locator("[aria-roledescription='bar chart']"))
    .first()
    .waitFor();
  await page.getByRole("button", { name: "As a table" }).click();
  await page
    .getByRole("table", { name: "Requests a day" })
    // The last uses are counted together with the next request.
    .getByRole("cell", { name: /^[123]$/ })
    .waitFor();
  // Addresses for Okta, Entra ID and a collector.
  const texts = await page.locator("pre").allInnerTexts();
  expect(texts.filter((text) => text === `${world.stack.api}/enterprise/v1/scim`)).toHaveLength(2);
  expect(texts).toContain(`${world.stack.api}/enterprise/v1/audit-log`);
  expect(texts.filter((text) => text.startsWith("curl"))).toHaveLength(3);
  await page.getByRole("link", { name: /^Activity of/ }).click();
  await page.waitForURL(/activity.*involving/);
  await visitor.text("created the API key").waitFor();
  expect(visitor.complaints).toEqual([]);
});

test("refused requests are counted by reason", async () => {
  const { keyId, key } = await world.stack.createKey(ADMIN, "Refused");
  await world.stack.as(ADMIN, `/admin/v1/api-keys/${keyId}/hold`, {});
  const visitor = await atKey(keyId);
  // Counts are written after a response, at most once a second, together with the next request.
  await expect
    .poll(
      async () => {
        expect(await world.stack.suspendWith(key, ACCOUNT)).toBe(401);
        await visitor.button("Refresh").click();
        return visitor.text(/^Refused requests: \d+ \(held\)/).count();
      },
      { timeout: 20_000, intervals: [1_000] },
    )
    .toBe(1);
});

test("a key is renamed, narrowed and given an expiry, and each event says what remains", async () => {
  const { keyId, key } = await world.stack.as<{ keyId: string; key: string }>(ADMIN, "/admin/v1/api-keys", {
    name: "Wide",
    scopes: ["deprovisioning", "audit-log"],
  });
  const visitor = await atKey(keyId);
  await visitor.button("Edit").click();
  // Nothing was changed, so nothing is asked or sent.
  await visitor.inDialog("Save").click();
  await visitor.dialog.waitFor({ state: "detached" });

  await visitor.button("Edit").click();
  await visitor.dialog.getByLabel("Name").fill("");
  await visitor.inDialog("Save").click();
  await visitor.dialog.getByText("Enter a name").waitFor();
  await visitor.dialog.getByLabel("Name").fill("Narrow");
  await visitor.dialog.getByLabel("Note").fill("For the collector.");
  await visitor.scope("Deprovisioning API").uncheck();
  await visitor.dialog.getByText("What you take away ends at once").waitFor();
  expect(await visitor.scope("SCIM API").count()).toBe(0);
  await visitor.dialog.getByRole("button", { name: /^Expires/ }).click();
  await visitor.page.getByRole("option", { name: "90 days from now" }).click();
  // Leaving asks first, and a reload keeps what was entered.
  await visitor.page.keyboard.press("Escape");
  const question = visitor.page.getByRole("dialog", { name: "Discard this form?" });
  await question.getByRole("button", { name: "Stay" }).click();
  await question.waitFor({ state: "detached" });
  await visitor.page.reload();
  expect(await visitor.dialog.getByLabel("Name").inputValue()).toBe("Narrow");
  expect(await visitor.scope("Deprovisioning API").isChecked()).toBe(false);

  // The response gets lost, and the same can be saved again.
  let isLost = true;
  await visitor.page.route(`**/admin/v1/api-keys/${keyId}`, async (route) => {
    if (route.request().method() !== "PATCH" || !isLost) return route.fallback();
    isLost = false;
    await route.fetch();
    return route.abort("connectionreset");
  });
  await visitor.inDialog("Save").click();
  await visitor.dialog.getByText("The key may or may not be changed").waitFor();
  expect(await world.stack.suspendWith(key, ACCOUNT)).toBe(403);
  await visitor.inDialog("Save").click();
  await visitor.text("API key Narrow is saved").waitFor();
  await visitor.page.getByRole("heading", { name: "Narrow" }).waitFor();
  await visitor.text("For the collector.").waitFor();
  await visitor.text(/^Changed: .*scopes/).waitFor();
  await visitor.text("The key works for “Audit Log API”. It expires").waitFor();
});

test("a key is held and released", async () => {
  const { keyId, key } = await world.stack.createKey(ADMIN, "Suspicious");
  const visitor = await atKey(keyId);
  await visitor.button("Hold").click();
  await visitor.dialog
    .getByText("Everything that uses this key stops working until you release it")
    .waitFor();
  await visitor.inDialog("Hold API Key").click();
  await visitor.text("API key Suspicious is held").waitFor();
  await visitor.text("This key is held: requests with it are refused").waitFor();
  await visitor.text("An administrator put the key on hold.").waitFor();
  expect(await world.stack.suspendWith(key, ACCOUNT)).toBe(401);
  expect(await visitor.button("Rotate").count()).toBe(0);
  await visitor.button("Release").click();
  await visitor.inDialog("Release API Key").click();
  await visitor.text("API key Suspicious is released").waitFor();
  await visitor.text("This key is held").waitFor({ state: "detached" });
  expect(await world.stack.suspendWith(key, ACCOUNT)).toBe(200);
  await visitor.text(/released the API key/).waitFor();
});

test("a key is rotated and revoked on its page", async () => {
  const { keyId, mask } = await world.stack.createKey(SECOND_ADMIN, "Ending");
  const visitor = await atKey(keyId);
  await visitor.button("Rotate").click();
  await visitor.inDialog("Rotate").click();
  await visitor.dialog.getByText("This secret is shown only now").waitFor();
  await visitor.inDialog("Close").click();
  await visitor.inDialog("Close without copying").click();
  await visitor.button("Cancel rotation").click();
  await visitor.inDialog("Cancel rotation").click();
  await visitor.text("no longer works").waitFor();
  await visitor.button("Revoke").click();
  await visitor.dialog.getByLabel("First four characters").fill(mask.slice(0, 4));
  await visitor.dialog.getByLabel("Last four characters").fill(mask.slice(-4));
  await visitor.inDialog("Revoke API Key").click();
  await visitor.text("API key Ending is revoked").waitFor();
  await visitor.page.locator("main").getByText("Revoked", { exact: true }).waitFor();
  expect(await visitor.button("Edit").count()).toBe(0);
});

test("an ID that no key has leads to a page that says so, and a broken line to one that can be tried again", async () => {
  const { keyId } = await world.stack.createKey(ADMIN, "Reachable");
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys/01KGBA0RVS9W3T5V8YB2C4E6G8");
  await visitor.text("API key not found").waitFor();
  await visitor.open("/dashboard/api-keys/not-an-id");
  await visitor.text("API key not found").waitFor();
  await visitor.button("Show all API keys").click();
  await visitor.row("Reachable").waitFor();
  let broken = true;
  await visitor.page.route(`**/admin/v1/api-keys/${keyId}`, (route) =>
    broken ? route.abort() : route.continue(),
  );
  await visitor.open(`/dashboard/api-keys/${keyId}`);
  await visitor.text("The API key can't be shown").waitFor();
  broken = false;
  await visitor.button("Try again").first().click();
  await visitor.page.getByRole("heading", { name: "Reachable" }).waitFor();
});

test("a dialog that can't be loaded says so, and loads when somebody tries again", async () => {
  const { keyId } = await world.stack.createKey(ADMIN, "Slow");
  const visitor = await atKey(keyId);
  await visitor.context.setOffline(true);
  await visitor.button("Edit").click();
  await visitor.text("This form can't be loaded").waitFor();
  expect(await visitor.violations()).toEqual([]);
  await visitor.page.keyboard.press("Escape");
  await visitor.text("This form can't be loaded").waitFor({ state: "detached" });
  await visitor.button("Edit").click();
  await visitor.text("This form can't be loaded").waitFor();
  await visitor.context.setOffline(false);
  await visitor.dialog.getByLabel("Name").waitFor();
});

test("a scope that nobody has used for long is named, with a step that takes it away", async () => {
  const { keyId } = await world.stack.as<{ keyId: string }>(ADMIN, "/admin/v1/api-keys", {
    name: "Old",
    scopes: ["deprovisioning", "audit-log"],
  });
  const visitor = await world.visit();
  // No test can wait for 90 days.
  await visitor.page.route(`**/admin/v1/api-keys/${keyId}`, async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch();
    const json = (await response.json()) as { uses: object };
    Object.assign(json.uses, { unusedScopes: ["audit-log"], narrowed: ["deprovisioning"] });
    return route.fulfill({ response, json });
  });
  await visitor.signIn(ADMIN, `/dashboard/api-keys/${keyId}`);
  await visitor.text("No request has needed “Audit Log API” for 90 days").waitFor();
  await visitor.button("Take unused APIs away").click();
  expect(await visitor.scope("Audit Log API").isChecked()).toBe(false);
  expect(await visitor.scope("Deprovisioning API").isChecked()).toBe(true);
  await visitor.inDialog("Save").click();
  await visitor.text("API key Old is saved").waitFor();
  // The page reads the key again, perhaps while the browser is closed.
  await visitor.page.unrouteAll({ behavior: "ignoreErrors" });
});
