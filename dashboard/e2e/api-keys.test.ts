import { execFileSync } from "node:child_process";
import { expect, test } from "@playwright/test";
import { isolated } from "../src/common/outside";
import { startStack } from "./fixture";
import { Traces } from "./traces";
import { ADMIN, SECOND_ADMIN, type Visitor } from "./world";

const world = startStack();
const KEY = /^[0-9A-Za-z]{22}_cak1_[0-9A-Za-z]{28}$/;
const CREATE = "**/admin/v1/api-keys";

async function create(visitor: Visitor, name: string): Promise<string> {
  await visitor.button("Create API Key").first().click();
  await visitor.dialog.getByLabel("Name").fill(name);
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("This API key is shown only now").waitFor();
  const key = await visitor.dialog.getByRole("textbox").inputValue();
  expect(key).toMatch(KEY);
  return key;
}

test("a key is created, copied, used, revoked, then refused, and can be replaced", async () => {
  const visitor = await world.visit();
  await visitor.context.grantPermissions(["clipboard-write"], { origin: world.stack.page });
  await visitor.signIn(ADMIN);
  await visitor.button(`Account: ${isolated("Admin")}`).click();
  await visitor.page.getByRole("link", { name: "Company Dashboard" }).click();
  await visitor.text("No API keys yet").waitFor();
  await visitor.text("No sign-in flow is needed").waitFor();

  const key = await create(visitor, "Nightly offboarding");
  await visitor.dialog.getByText("It is never stored in our systems").waitFor();
  await visitor.dialog.getByText(`The API's address is ${world.stack.api}`).waitFor();
  await visitor.inDialog("Copy").click();
  await visitor.dialog.getByText("Copied").waitFor();
  expect(await clipboard(visitor)).toBe(key);
  await visitor.inDialog("Close").click();
  await visitor.dialog.waitFor({ state: "detached" });

  const row = visitor.row("Nightly offboarding");
  await row.getByText(`${key.slice(0, 4)}…${key.slice(-4)}`).waitFor();
  await row.getByText("Deprovisioning API").waitFor();
  await row.getByText("you", { exact: true }).waitFor();
  await row.getByText("Never").waitFor();
  expect(await world.stack.suspendWith(key, "member-9@acme.example")).toBe(200);
  await expect
    .poll(
      async () => {
        await visitor.button("Refresh").click();
        return row.getByText("Never").count();
      },
      { timeout: 20_000 },
    )
    .toBe(0);

  await row.getByRole("button", { name: /^Revoke API Key/ }).click();
  await visitor.dialog.getByText("Everything that uses this key stops working at once").waitFor();
  const [first, last] = [
    visitor.dialog.getByLabel("First four characters"),
    visitor.dialog.getByLabel("Last four characters"),
  ];
  expect([await first.inputValue(), await last.inputValue()]).toEqual(["", ""]);
  await visitor.dialog.getByText(`${key.slice(0, 4)}…${key.slice(-4)}`).waitFor();
  await first.fill(key.slice(0, 4));
  await last.fill("0000");
  await visitor.inDialog("Revoke API Key").click();
  await visitor.dialog.getByText("These are not the characters of this key").first().waitFor();
  expect(await world.stack.suspendWith(key, "member-9@acme.example")).toBe(200);
  await last.fill(key.slice(-4));
  await visitor.inDialog("Revoke API Key").click();
  await visitor.text("API key Nightly offboarding is revoked").waitFor();
  await visitor.text("No API keys yet").waitFor();
  expect(await world.stack.suspendWith(key, "member-8@acme.example")).toBe(401);

  await visitor.button("Create replacement").click();
  expect(await visitor.dialog.getByLabel("Name").inputValue()).toBe("Nightly offboarding");
  expect(await visitor.scope("Deprovisioning API").isChecked()).toBe(true);
  await visitor.inDialog("Cancel").click();
  // The browser notes the API's response to the mismatch. Nothing else went wrong.
  expect(visitor.complaints.filter((text) => !text.includes("409"))).toEqual([]);
});

test("a new key is shown with a working command for each of its APIs and links to the documentation", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.button("Create API Key").first().click();
  await visitor.dialog.getByLabel("Name").fill("Everything");
  for (const name of ["SCIM API", "Audit Log API"]) {
    await visitor.scope(name).check();
  }
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("This API key is shown only now").waitFor();
  const KEY = await visitor.dialog.getByRole("textbox").inputValue();
  const [read, ...texts] = await visitor.dialog.locator("pre").allInnerTexts();
  expect(read).toBe("read -rsp 'API key: ' KEY");
  const commands = texts.filter((text) => text.startsWith("curl "));
  expect(commands).toHaveLength(3);
  // The account of the example doesn't exist.
  const statuses = { suspend: "404", Users: "200", "audit-log": "200" };
  for (const [part, status] of Object.entries(statuses)) {
    const command = commands.find((command) => command.includes(part)) ?? "";
    expect(command).not.toContain(KEY);
    const options = { env: { ...process.env, KEY }, encoding: "utf8" } as const;
    expect(execFileSync("bash", ["-c", `${command} -s`], options)).toMatch(
      new RegExp(`^HTTP/1.1 ${status} `),
    );
  }
  for (const name of ["Deprovisioning API", "SCIM API", "Audit Log API"]) {
    const opened = visitor.context.waitForEvent("page");
    await visitor.dialog.getByRole("link", { name }).click();
    const guide = await opened;
    await guide.getByText("The Company Dashboard shows it together with a new API key").waitFor();
    expect(await guide.locator("h1").count()).toBe(1);
    await guide.close();
  }
});

test("a revocation that was broken off is shown, and revoking the key again completes it", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  const key = await create(visitor, "Half revoked");
  await visitor.inDialog("Close").click();
  await visitor.inDialog("Close without copying").click();
  const row = visitor.row("Half revoked");
  await expect(row.getByText("Not fully revoked")).toHaveCount(0);
  const complete = await visitor.breakOffRevocations();
  await visitor.button("Refresh").click();
  await row.getByText("Not fully revoked").waitFor();
  await row.getByText("Revoke the key again to complete it").waitFor();
  await complete();
  await row.getByRole("button", { name: /^Revoke API Key/ }).click();
  await visitor.dialog.getByLabel("First four characters").fill(key.slice(0, 4));
  await visitor.dialog.getByLabel("Last four characters").fill(key.slice(-4));
  await visitor.inDialog("Revoke API Key").click();
  await visitor.text("API key Half revoked is revoked").waitFor();
  await row.waitFor({ state: "detached" });
});

/** The contents of the clipboard. The page itself can only write it, so a page at another address reads it. */
async function clipboard(visitor: Visitor): Promise<string> {
  await visitor.context.grantPermissions(["clipboard-read"], { origin: world.stack.api });
  const page = await visitor.context.newPage();
  await page.goto(`${world.stack.api}/openapi.json`);
  const text = await page.evaluate(() => navigator.clipboard.readText());
  await page.close();
  return text;
}

test("after its dialog is closed, the key is nowhere in the page", async () => {
  const visitor = await world.visit();
  const traces = await Traces.watch(visitor);
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  const key = await create(visitor, "Search");
  const secret = key.slice(4, -4);
  await visitor.inDialog("Close").click();
  await visitor.dialog.getByText("You have not copied the API key").waitFor();
  await visitor.inDialog("Close without copying").click();
  await visitor.dialog.waitFor({ state: "detached" });
  await visitor.row("Search").waitFor();
  const held = await traces.look();
  // Until it renders something else, React remembers what the dialog showed.
  expect(held.placesOf(secret).filter((place) => place !== "heap")).toEqual([]);
  // The same look sees what the page does hold.
  expect(held.placesOf("Search")).toEqual(["heap", "bodies of requests", "document"]);
  // The page doesn't send it anywhere later.
  await visitor.button("Refresh").click();
  await visitor.page.getByRole("link", { name: "Members" }).click();
  await visitor.row("member-9@acme.example").waitFor();
  await visitor.page.goBack();
  await visitor.row("Search").waitFor();
  expect((await traces.look()).placesOf(secret)).toEqual([]);
});

test("closing asks first, unless the key was copied", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  const key = await create(visitor, "Copied by hand");
  await visitor.inDialog("Close").click();
  await visitor.dialog.getByText("You have not copied the API key").waitFor();
  expect(await visitor.dialog.getByRole("textbox").inputValue()).toBe(key);
  // Copying with the keyboard counts too.
  await visitor.dialog.getByRole("textbox").focus();
  await visitor.page.keyboard.press("Control+c");
  await visitor.dialog.getByText("Copied", { exact: true }).waitFor();
  await visitor.inDialog("Close").click();
  await visitor.dialog.waitFor({ state: "detached" });
});

test("after a lost response, the retry says that the key exists and offers to revoke it and create another", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  const attempts: (string | undefined)[] = [];
  await visitor.page.route(CREATE, async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    attempts.push(route.request().headers()["idempotency-key"]);
    if (attempts.length > 1) return route.fallback();
    // The request is carried out, but the response never arrives.
    await route.fetch();
    return route.abort("connectionreset");
  });
  await visitor.button("Create API Key").first().click();
  await visitor.dialog.getByLabel("Name").fill("Lost");
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("The API key may or may not have been created").waitFor();
  await visitor.inDialog("Try again").click();
  await visitor.dialog.getByText("The API key exists, but can't be shown").waitFor();
  expect(attempts[0]).toBeTruthy();
  expect(attempts).toEqual([attempts[0], attempts[0]]);
  expect(await visitor.dialog.innerHTML()).not.toMatch(/_cak1_/);
  await visitor.inDialog("Revoke it and create another").click();
  const mask = await visitor.dialog.locator("code.mask").innerText();
  await visitor.dialog.getByLabel("First four characters").fill(mask.slice(0, 4));
  await visitor.dialog.getByLabel("Last four characters").fill(mask.slice(-4));
  await visitor.inDialog("Revoke API Key").click();
  await visitor.dialog.getByText("Create API Key").first().waitFor();
  expect(await visitor.dialog.getByLabel("Name").inputValue()).toBe("Lost");
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("This API key is shown only now").waitFor();
  expect(attempts[2]).not.toBe(attempts[0]);
  const { apiKeys } = await world.stack.as<{ apiKeys: { name: string }[] }>(ADMIN, "/admin/v1/api-keys");
  expect(apiKeys.filter(({ name }) => name === "Lost")).toHaveLength(1);
});

test("if no key was created, the wrong field says why", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.button("Create API Key").first().click();
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("Enter a name").waitFor();
  await visitor.dialog.getByLabel("Name").fill("x".repeat(101));
  await visitor.scope("Deprovisioning API").uncheck();
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("Choose at least one API").waitFor();
  await visitor.scope("Deprovisioning API").check();
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("Must have at most 100 characters.").waitFor();
  await visitor.dialog.getByLabel("Name").fill("Right at last");
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("This API key is shown only now").waitFor();
});

test("keys are filtered by owner and state in the address, are all on one page, and show suspended owners", async () => {
  const visitor = await world.visit();
  for (let i = 0; i < 22; i += 1) await world.stack.createKey(SECOND_ADMIN, `Theirs ${i}`);
  await world.stack.createKey(ADMIN, "Mine");
  await world.stack.as(ADMIN, "/admin/v1/accounts/suspend", { accounts: [SECOND_ADMIN] });
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.row("Theirs 21").getByText("Owner suspended").waitFor();
  await visitor.row("Theirs 0").waitFor();
  expect(await visitor.button("Next page").count()).toBe(0);

  await visitor.page.getByRole("button", { name: /Owner/ }).click();
  await visitor.page.getByRole("option", { name: "My keys" }).click();
  await visitor.row("Mine").waitFor();
  expect(await visitor.page.getByText(/^Theirs/).count()).toBe(0);
  expect(visitor.page.url()).toContain("owner=me");
  await visitor.page.getByRole("button", { name: /State/ }).click();
  await visitor.page.getByRole("option", { name: "Revoked" }).click();
  await visitor.row("Nightly offboarding").getByText("Revoked").waitFor();
  await visitor.page.reload();
  await visitor.row("Nightly offboarding").getByText("Revoked").waitFor();
});
