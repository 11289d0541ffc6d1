import { expect, test } from "@playwright/test";
import { isolated } from "../src/common/outside";
import { startStack } from "./fixture";
import { ADMIN, BASIC_ADMIN, heightOf, MEMBER, SECOND_ADMIN, type Visitor } from "./world";

const world = startStack();

// A trace would keep the whole page at every look. An error names its place and its element anyway.
test.use({ trace: "off" });

/** Shows every page and dialog that one visitor can reach. */
async function everywhere(visitor: Visitor, look: (where: string) => Promise<void>): Promise<void> {
  const { key, keyId } = await world.stack.createKey(SECOND_ADMIN, "Okta");
  await visitor.open("/");
  await visitor.text("Development sign-in").waitFor();
  await look("issuer");
  await visitor.pick("stranger@acme.example");
  await visitor.text("This sign-in has no account").waitFor();
  await look("sign-in");
  await visitor.signIn(ADMIN);
  await visitor.text("You are a Company Administrator of Acme").waitFor();
  await look("home");
  await visitor.button(`Account: ${isolated("Admin")}`).click();
  await look("account menu");
  await visitor.open("/dashboard/api-keys?state=all");
  await visitor.text(key.slice(0, 4)).waitFor();
  await look("API keys");
  await visitor.open("/dashboard/api-keys?owner=me&state=expired");
  await visitor.text("No API key matches").waitFor();
  await look("no API keys");
  await visitor.button("Create API Key").first().click();
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("Enter a name").waitFor();
  await look("create, with a mistake");
  await visitor.dialog.getByLabel("Name").fill("Nightly offboarding");
  await visitor.page.keyboard.press("Escape");
  await visitor.text("Discard this form?").waitFor();
  await look("create, discard");
  await visitor.button("Stay").click();
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("This API key is shown only now").waitFor();
  await look("created");
  await visitor.inDialog("Close").click();
  await look("created, not copied");
  await visitor.inDialog("Close without copying").click();
  await visitor.breakOffRevocations();
  await visitor.open("/dashboard/api-keys");
  await visitor.text("Not fully revoked").first().waitFor();
  await look("API keys, a revocation that was broken off");
  await visitor.page
    .getByRole("button", { name: `Revoke API Key ${isolated("Nightly offboarding")}` })
    .first()
    .click();
  await visitor.dialog.getByLabel("First four characters").waitFor();
  await look("revoke");
  await visitor.inDialog("Cancel").click();
  await visitor.open("/dashboard/members");
  await visitor.text(SECOND_ADMIN).waitFor();
  await visitor.page.getByRole("checkbox", { name: SECOND_ADMIN }).check({ force: true });
  await look("members");
  await visitor.button("Suspend").click();
  await visitor.dialog.getByText("Afterwards you can revoke these").waitFor();
  await look("suspend");
  await visitor.inDialog("Cancel").click();
  await visitor.open("/dashboard/members/many");
  await visitor.page
    .getByRole("textbox", { name: "Email addresses or account IDs" })
    .fill("member-3@acme.example\nnobody@acme.example\n=1+1");
  await visitor.text("2 accounts to suspend").waitFor();
  await look("many members");
  await visitor.button("Suspend 2 accounts").click();
  await visitor.dialog.getByText("1 unknown").waitFor();
  await look("many members, asked");
  await visitor.inDialog("Suspend").click();
  await visitor.text("2 of 2 done").waitFor();
  await look("many members, done");
  await visitor.open("/dashboard/activity");
  await visitor.text("created the API key").waitFor();
  await visitor.text("Suspending members: 2 of 2 done").waitFor();
  await look("activity");
  await visitor.open(`/dashboard/activity?range=days&involving=${keyId}`);
  await visitor.text("Choose the first and the last day").waitFor();
  await look("activity, between two days");
  await visitor.page.getByRole("button", { name: /^What/ }).click();
  await visitor.page.getByRole("option", { name: "API key revoked", exact: true }).waitFor();
  await look("activity, actions");
  await visitor.open("/nowhere");
  await visitor.text("Page not found").waitFor();
  await look("not found");
  const characters = { firstFour: key.slice(0, 4), lastFour: key.slice(-4) };
  await world.stack.as(ADMIN, `/admin/v1/api-keys/${keyId}/revoke`, characters);
}

for (const { colorScheme, width } of [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 320 },
] as const) {
  test.describe(`${colorScheme}, ${width} px`, () => {
    test("axe finds no errors, and nothing is wider than the window", async () => {
      const visitor = await world.visit({ colorScheme, viewport: { width, height: heightOf(width) } });
      const found: string[] = [];
      const folder = process.env.SCREENSHOTS;
      await everywhere(visitor, async (where) => {
        for (const violation of await visitor.violations()) found.push(`${where}: ${violation}`);
        const beyond = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (beyond > 0) found.push(`${where}: ${beyond} px beyond the window`);
        if (folder) await visitor.page.screenshot({ path: `${folder}/${where} ${colorScheme} ${width}.png` });
      });
      expect(found).toEqual([]);
    });
  });
}

test("axe finds no errors on the pages for members and for companies without the Enterprise plan", async () => {
  const found: string[] = [];
  for (const [email, says] of [
    [MEMBER, "Only Company Administrators can use the Company Dashboard"],
    [BASIC_ADMIN, "API Keys are part of the Enterprise plan"],
  ] as const) {
    const visitor = await world.visit();
    await visitor.signIn(email, "/dashboard/api-keys");
    await visitor.text(says).waitFor();
    found.push(...(await visitor.violations()));
    await visitor.page.goto(`${world.stack.page}/signed-out`);
    await visitor.text("You are signed out").waitFor();
    found.push(...(await visitor.violations()));
  }
  expect(found).toEqual([]);
});

test("the API keys page loads with less than 600 KB, moves nothing and logs no errors", async () => {
  await world.stack.createKey(ADMIN, "Load");
  const visitor = await world.visit();
  await visitor.signIn(ADMIN);
  const { bytes } = await visitor.countBytes();
  await visitor.page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  await visitor.open("/dashboard/api-keys");
  await visitor.row("Load").waitFor();
  await visitor.page.waitForLoadState("networkidle");
  const shifts = await visitor.page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
  const total = shifts.reduce((sum, shift) => sum + shift, 0);
  expect(total).toBeLessThan(0.1);
  expect(bytes()).toBeGreaterThan(100_000);
  expect(bytes()).toBeLessThan(600_000);
  expect(visitor.complaints).toEqual([]);
});

test("a key is created and revoked with the keyboard alone", async () => {
  const visitor = await world.visit();
  const { keyboard } = visitor.page;
  await visitor.signIn(ADMIN, "/dashboard/api-keys?owner=me");
  await visitor.button("Create API Key").first().waitFor();
  const tabTo = (name: string) => visitor.tabTo(name, 60);
  await tabTo("Create API Key");
  await keyboard.press("Enter");
  await visitor.dialog.getByLabel("Name").waitFor();
  await keyboard.type("By keyboard");
  await keyboard.press("Enter");
  await visitor.dialog.getByText("This API key is shown only now").waitFor();
  const key = await visitor.dialog.getByRole("textbox").inputValue();
  await tabTo("Copy");
  await keyboard.press("Enter");
  await visitor.dialog.getByText(/^Copied|doesn't allow this page to copy/).waitFor();
  // Escape closes like the buttons. It asks if nothing was copied.
  await keyboard.press("Escape");
  if (await visitor.dialog.getByText("You have not copied the API key").count()) {
    await tabTo("Close without copying");
    await keyboard.press("Enter");
  }
  await visitor.dialog.waitFor({ state: "detached" });
  await visitor.row("By keyboard").waitFor();
  await tabTo(`Revoke API Key ${isolated("By keyboard")}`);
  await keyboard.press("Enter");
  await visitor.dialog.getByLabel("First four characters").waitFor();
  await keyboard.type(key.slice(0, 4));
  await keyboard.press("Tab");
  await keyboard.type(key.slice(-4));
  await keyboard.press("Enter");
  await visitor.text("API key By keyboard is revoked").waitFor();
});

test("times are in the reader's time zone, and hovering shows the exact time in UTC", async () => {
  const visitor = await world.visit({ timezoneId: "Asia/Tokyo", locale: "en-GB" });
  await world.stack.createKey(ADMIN, "Timed");
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  const time = visitor.row("Timed").locator("time").first();
  const utc = await time.getAttribute("datetime");
  const shown = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Tokyo", timeStyle: "short" });
  expect(await time.innerText()).toContain(shown.format(new Date(utc ?? "")));
  expect(await time.getAttribute("title")).toBe(`${utc?.replace("T", " ").replace("Z", "")} UTC`);
});

/** The account that secrets are used on. No test signs in with it. */
const USED_ON = "member-8@acme.example";

/** Shows the list and every dialog of a rotation. */
async function throughRotation(visitor: Visitor, look: (where: string) => Promise<void>): Promise<void> {
  const path = (id: string) => `/admin/v1/api-keys/${id}/rotate`;
  const rotating = async (name: string, isUsed: boolean) => {
    const { keyId, key } = await world.stack.createKey(SECOND_ADMIN, name);
    const rotated = await world.stack.as<{ key: string }>(ADMIN, path(keyId), {});
    if (isUsed) expect(await world.stack.suspendWith(rotated.key, USED_ON)).toBe(200);
    return { keyId, key };
  };
  await world.stack.as(ADMIN, "/admin/v1/api-keys", {
    name: "Rotates itself",
    scopes: ["deprovisioning", "scim", "audit-log"],
    expiresAt: new Date(Date.now() + 30 * 24 * 60 * 60 * 1000).toISOString(),
    selfRotation: { lifetimeDays: 90 },
  });
  await rotating("Waiting for its first use", false);
  await rotating("Overlapping", true);
  await visitor.signIn(ADMIN, "/dashboard/api-keys?state=all");
  await visitor.text("New secret not used yet").waitFor();
  await look("rotation, list");
  const button = (name: RegExp) => visitor.page.getByRole("button", { name }).first();
  await button(/^Rotate: .*Rotates itself/).click();
  await visitor.dialog.getByText("The old secret works for").waitFor();
  await look("rotation, form");
  await visitor.inDialog("Rotate").click();
  await visitor.dialog.getByText("This secret is shown only now").waitFor();
  await look("rotation, secret");
  await visitor.dialog.getByRole("textbox").focus();
  await visitor.page.keyboard.press("Control+c");
  await visitor.dialog.getByText("Nobody has used the new secret yet").waitFor();
  await visitor.scrollTo(visitor.dialog.getByRole("status").last());
  await look("rotation, secret copied");
  const secret = await visitor.dialog.getByRole("textbox").inputValue();
  expect(await world.stack.suspendWith(secret, USED_ON)).toBe(200);
  await visitor.dialog.getByText("The new secret is in use").waitFor();
  await look("rotation, secret in use");
  await visitor.inDialog("Close").click();
  for (const step of ["Rotate again", "Complete rotation", "Cancel rotation"]) {
    await button(new RegExp(`^${step}: .*Waiting for its first use`)).click();
    await visitor.dialog.waitFor();
    await look(`rotation, ${step.toLowerCase()}`);
    await visitor.page.keyboard.press("Escape");
    await visitor.dialog.waitFor({ state: "detached" });
  }
  await button(/^Complete rotation: .*Overlapping/).click();
  await visitor.dialog.getByText("The old secret ends at once").waitFor();
  await look("rotation, complete after the first use");
  await visitor.page.keyboard.press("Escape");
  await button(/^Revoke API Key .*Overlapping/).click();
  await visitor.dialog.getByText("Both secrets of the key end.").waitFor();
  await look("rotation, revoke");
  await visitor.page.keyboard.press("Escape");
  await visitor.button("Create API Key").first().click();
  await visitor.dialog.getByRole("checkbox", { name: "Let this key rotate itself" }).check();
  await look("rotation, create");
  await visitor.open("/dashboard/activity");
  await visitor.text("was used for the first time").waitFor();
  await look("rotation, activity");
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`${colorScheme}: axe finds no errors during a rotation, and nothing is wider than the window`, async () => {
    // A check of every width takes long.
    test.slow();
    const visitor = await world.visit({ colorScheme });
    const found: string[] = [];
    const folder = process.env.SCREENSHOTS;
    await throughRotation(visitor, async (where) => {
      for (const width of [320, 1024, 1280, 1600]) {
        await visitor.page.setViewportSize({ width, height: heightOf(width) });
        for (const violation of await visitor.violations()) found.push(`${where}: ${violation}`);
        const beyond = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (beyond > 0) found.push(`${where}: ${beyond} px beyond the window`);
        if (folder) await visitor.page.screenshot({ path: `${folder}/${where} ${colorScheme} ${width}.png` });
      }
    });
    expect(found).toEqual([]);
  });
}
