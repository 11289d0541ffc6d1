import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, type Visitor } from "./world";

const world = startStack();
const HOUR = 60 * 60 * 1000;

interface Created {
  keyId: string;
  key: string;
}

async function addMembers(prefix: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `${prefix}-${i}@acme.example`);
  for (const email of names) {
    const account = { email, name: email };
    await world.stack.provision({ operation: "add-account", companyId: "acme", account });
  }
  return names;
}

/** Creates a key that has suspended as many accounts as it can in this hour. Returns an account that it was refused. */
async function stoppedKey(name: string): Promise<Created & { refused: string }> {
  // In another hour, counting would begin anew.
  const rest = HOUR - (Date.now() % HOUR);
  if (rest < 90_000) await new Promise((resolve) => setTimeout(resolve, rest + 10_000));
  const created = await world.stack.as<Created>(ADMIN, "/admin/v1/api-keys", {
    name,
    scopes: ["deprovisioning"],
    suspensionLimit: 2,
  });
  const [first = "", second = "", third = ""] = await addMembers(name.toLowerCase(), 3);
  expect(await world.stack.suspendWith(created.key, first)).toBe(200);
  expect(await world.stack.suspendWith(created.key, second)).toBe(200);
  expect(await world.stack.suspendWith(created.key, third)).toBe(429);
  return { ...created, refused: third };
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

test("a key that reached its limit is named above the list, and an administrator lets it go on", async () => {
  test.setTimeout(300_000);
  const { keyId, key, refused } = await stoppedKey("Runaway");
  await world.stack.createKey(ADMIN, "Harmless");
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.text("A key reached its suspension limit").waitFor();
  await visitor.row("Runaway").getByText("Suspension limit reached").waitFor();
  await visitor.button("Suspension limit reached (1)").click();
  await visitor.text("Harmless").waitFor({ state: "detached" });
  await visitor.page
    .getByRole("alert")
    .or(visitor.page.locator("main"))
    .getByRole("link", { name: "Runaway" })
    .first()
    .click();
  await visitor.page.waitForURL(`**/dashboard/api-keys/${keyId}`);
  await visitor.text("This key reached its suspension limit").waitFor();
  await visitor.text("2 accounts an hour").waitFor();
  await visitor.text("2 of 2").waitFor();
  await shows(visitor, /^The suspension limit of the API key/);
  await visitor.page
    .getByRole("link", { name: /^Undo what this key suspended since/ })
    .last()
    .waitFor();

  await visitor.button("Release").click();
  await visitor.dialog.getByText("The key can then suspend or delete up to 2 more accounts").waitFor();
  await visitor.inDialog("Release suspension limit").click();
  await visitor.text("The suspension limit of Runaway is released").waitFor();
  await visitor.text("This key reached its suspension limit").waitFor({ state: "detached" });
  await visitor.text("0 of 2").waitFor();
  expect(await world.stack.suspendWith(key, refused)).toBe(200);
  await shows(visitor, "1 of 2");
  await shows(visitor, /suspend accounts again before the end of the hour/);
  expect(visitor.complaints).toEqual([]);
});

test("after every change, the page reads again whether the key is stopped", async () => {
  test.setTimeout(300_000);
  // The responses to these changes don't say it.
  const { keyId } = await stoppedKey("Changed");
  const visitor = await world.visit();
  const stopped = visitor.text("This key reached its suspension limit");
  const saved = async (text: string) => {
    await visitor.text(text).waitFor();
    await visitor.dialog.waitFor({ state: "detached" });
  };
  await visitor.signIn(ADMIN, `/dashboard/api-keys/${keyId}`);
  await stopped.waitFor();
  await visitor.page.getByRole("button", { name: "Edit", exact: true }).click();
  await visitor.dialog.getByLabel("Name").fill("Renamed");
  await visitor.inDialog("Save").click();
  await saved("API key Renamed is saved");
  await visitor.page.getByRole("heading", { name: "Renamed" }).waitFor();
  await stopped.waitFor();
  const limit = async (number: string) => {
    await visitor.button("Edit suspension limit").click();
    await visitor.dialog.getByRole("radio", { name: "A number for this key" }).check();
    await visitor.dialog.getByLabel("Accounts an hour").fill(number);
    await visitor.inDialog("Save").click();
    await visitor.text(`2 of ${number}`).waitFor();
  };
  await limit("3");
  await stopped.waitFor({ state: "detached" });
  await limit("2");
  await stopped.waitFor();

  await visitor.button("Hold").click();
  await visitor.inDialog("Hold API Key").click();
  await saved("API key Renamed is held");
  await visitor.text("This key is held").waitFor();
  await stopped.waitFor();
  await visitor.button("Release").first().click();
  await visitor.inDialog("Release API Key").click();
  await saved("API key Renamed is released");
  await visitor.text("This key is held").waitFor({ state: "detached" });
  await stopped.waitFor();

  // The same in the list.
  await world.stack.as(ADMIN, `/admin/v1/api-keys/${keyId}/rotate`, {});
  await visitor.open("/dashboard/api-keys");
  const badge = (text: string) => visitor.row("Renamed").getByText(text, { exact: true });
  await badge("Rotating").waitFor();
  await badge("Suspension limit reached").waitFor();
  await visitor
    .row("Renamed")
    .getByRole("button", { name: /^Cancel rotation/ })
    .click();
  await visitor.inDialog("Cancel rotation").click();
  await saved("The rotation of Renamed is canceled");
  await badge("Rotating").waitFor({ state: "detached" });
  await badge("Suspension limit reached").waitFor();

  await visitor.open(`/dashboard/api-keys/${keyId}`);
  await stopped.waitFor();
  await visitor.button("Release").click();
  await visitor.inDialog("Release suspension limit").click();
  await stopped.waitFor({ state: "detached" });
  await visitor.page.getByRole("link", { name: "API Keys" }).first().click();
  await visitor.row("Renamed").waitFor();
  await badge("Suspension limit reached").waitFor({ state: "detached" });
  expect(visitor.complaints).toEqual([]);
});

test("a key gets a limit of its own, none, or the key policy's", async () => {
  const { keyId } = await world.stack.createKey(ADMIN, "Changing");
  const limit = async () => {
    const key = await world.stack.as<{ suspensionLimit: unknown }>(ADMIN, `/admin/v1/api-keys/${keyId}`);
    return key.suspensionLimit;
  };
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, `/dashboard/api-keys/${keyId}`);
  const edit = async (choice: string) => {
    await visitor.button("Edit suspension limit").click();
    await visitor.dialog.getByRole("radio", { name: choice }).check();
  };
  const save = async () => {
    await visitor.inDialog("Save").click();
    await visitor.dialog.waitFor({ state: "detached" });
  };
  await edit("A number for this key");
  await visitor.dialog.getByLabel("Accounts an hour").fill("0");
  await visitor.inDialog("Save").click();
  await visitor.dialog.getByText("Enter a whole number of accounts from 1 to 1,000.").waitFor();
  await visitor.dialog.getByLabel("Accounts an hour").fill("1000");
  await save();
  await visitor.text("1,000 accounts an hour").waitFor();
  expect(await limit()).toBe(1000);

  await edit("A number for this key");
  await visitor.dialog.getByLabel("Accounts an hour").fill("5");
  await visitor.dialog.getByText("The lower limit applies at once").waitFor();
  let isLost = true;
  await visitor.page.route(`**/admin/v1/api-keys/${keyId}`, async (route) => {
    if (route.request().method() !== "PATCH" || !isLost) return route.fallback();
    isLost = false;
    await route.fetch();
    return route.abort("connectionreset");
  });
  await visitor.inDialog("Save").click();
  await visitor.dialog.getByText("The limit may or may not be changed").waitFor();
  await save();
  await edit("No limit");
  await save();
  expect(await limit()).toBe("unlimited");
  await visitor.text("Chosen for this key").waitFor();
  await visitor.text("Not counted").waitFor();
  await edit("As the key policy says");
  await save();
  expect(await limit()).toBe("policy");
});

test("the key policy limits suspensions at once, demands networks, and loses its limit only explicitly", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/key-policy");
  const checkbox = (name: string) => visitor.page.getByRole("checkbox", { name });
  const limits = checkbox("Limit how many accounts a key can suspend in an hour");
  await limits.waitFor();
  if (await limits.isChecked()) await limits.uncheck();
  else await limits.check();
  const policy = async () =>
    (await world.stack.as<{ policy: Record<string, unknown> }>(ADMIN, "/admin/v1/key-policy")).policy;
  await limits.check();
  await visitor.page.getByLabel("Accounts an hour").fill("1001");
  await checkbox("Keys must have a list of networks").check();
  await visitor.button("Review and save").click();
  await visitor.text("Enter a whole number of accounts from 1 to 1,000.").waitFor();
  await visitor.page.getByLabel("Accounts an hour").fill("33");
  await visitor.button("Review and save").click();
  await visitor.dialog.getByText("Keys can be used only from the networks on a list of their own.").waitFor();
  await visitor.dialog.getByText("can suspend at most 33 accounts in an hour").waitFor();
  await visitor.inDialog("Save").click();
  await visitor.text("The key policy is saved").waitFor();
  expect(await policy()).toMatchObject({ networksRequired: true, suspensionsPerHour: 33 });
  await visitor.text("Has no enforced list of networks").first().waitFor();

  // New keys must have a list.
  await visitor.open("/dashboard/api-keys");
  await visitor.button("Create API Key").first().click();
  await visitor.dialog.getByLabel("Name").fill("Demanded");
  await visitor.dialog.getByText("demands that keys can be used only from the networks on a list").waitFor();
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("Enter at least one address or range.").waitFor();
  await visitor.dialog.getByText("Now 33 accounts an hour.").waitFor();
  await visitor.dialog.getByLabel("Addresses and ranges").fill("203.0.113.7");
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("This API key is shown only now").waitFor();

  await visitor.open("/dashboard/key-policy");
  await limits.uncheck();
  await checkbox("Keys must have a list of networks").uncheck();
  await visitor.button("Review and save").click();
  await visitor.dialog.getByText("Keys can then suspend any number of accounts").waitFor();
  await visitor.inDialog("Save").click();
  await visitor.text("The key policy is saved").waitFor();
  expect(await policy()).not.toHaveProperty("suspensionsPerHour");
  expect(await policy()).toMatchObject({ networksRequired: false });
});
