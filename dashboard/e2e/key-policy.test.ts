import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, BASIC_ADMIN, type Visitor } from "./world";

const world = startStack();
const POLICY = "/admin/v1/key-policy";

async function readPolicy(): Promise<Record<string, unknown>> {
  return (await world.stack.as<{ policy: Record<string, unknown> }>(ADMIN, POLICY)).policy;
}

/** The choices of the list that is open. */
async function choices(visitor: Visitor): Promise<string[]> {
  const texts = await visitor.page.getByRole("option").allInnerTexts();
  return texts.map((text) => text.split("\n")[0] ?? "");
}

function checkbox(visitor: Visitor, name: string) {
  return visitor.page.getByRole("checkbox", { name });
}

test("a policy is tried out, saved and respected by the forms", async () => {
  const { keyId } = await world.stack.createKey(ADMIN, "Forever");
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.page.getByRole("link", { name: "Key policy" }).click();
  await visitor.text("Every active key complies").waitFor();
  expect(await visitor.button("Review and save").isDisabled()).toBe(true);

  await checkbox(visitor, "Limit the lifetime of keys").check();
  await visitor.page.getByLabel("Longest lifetime in days").fill("400");
  await visitor.button("Review and save").click();
  await visitor.text("Enter a whole number of days from 1 to 366.").waitFor();
  await visitor.page.getByLabel("Longest lifetime in days").fill("60");
  await checkbox(visitor, "Limit the APIs that keys can call").check();
  await visitor.scope("SCIM API").uncheck();
  await visitor.page.getByLabel("Days of grace").fill("7");
  await visitor.page.getByRole("radio", { name: "Only alert" }).check();

  // Leaving asks first, and a reload keeps what was entered.
  await visitor.page.getByRole("link", { name: "Members" }).first().click();
  const question = visitor.page.getByRole("dialog", { name: "Discard your changes?" });
  await question.getByRole("button", { name: "Stay" }).click();
  await question.waitFor({ state: "detached" });
  await visitor.page.reload();
  expect(await visitor.page.getByLabel("Longest lifetime in days").inputValue()).toBe("60");

  await visitor.button("Review and save").click();
  await visitor.dialog.getByText("1 key will break this policy").waitFor();
  await visitor.dialog.getByText("Forever").waitFor();
  await visitor.dialog.getByText("Doesn't expire: held from").waitFor();
  await visitor.dialog.getByText("Keys that GitHub finds in public will still work").waitFor();
  // Trying out changes nothing.
  expect(await readPolicy()).toEqual({
    mustExpire: false,
    networksRequired: false,
    suspensionsPerHour: 100,
    graceDays: 14,
    leakedKeys: "revoke",
  });
  await visitor.inDialog("Back").click();
  await visitor.button("Review and save").click();
  await visitor.inDialog("Save").click();
  await visitor.text("The key policy is saved").waitFor();
  await visitor.text("Keys that break the saved policy").waitFor();
  expect(await readPolicy()).toMatchObject({
    mustExpire: true,
    longestLifetimeDays: 60,
    scopes: expect.not.arrayContaining(["scim"]),
    graceDays: 7,
    leakedKeys: "alert",
  });
  expect(await visitor.button("Review and save").isDisabled()).toBe(true);

  // The key's page says what to do, and the edit form helps.
  await visitor.page.getByRole("link", { name: "Forever" }).click();
  await visitor.text(/^This key will be held from/).waitFor();
  await visitor.text("The key policy demands that keys expire, and this key doesn't.").waitFor();
  await visitor.button("Edit").click();
  await visitor.dialog.getByText("demands that keys expire, after at most 60 days").waitFor();
  await visitor.dialog.getByRole("button", { name: /^Expires/ }).click();
  expect(await choices(visitor)).toEqual([
    "As it is now",
    "As late as the key policy allows",
    "30 days from now",
    "On a date",
  ]);
  await visitor.page.getByRole("option", { name: "As late as the key policy allows" }).click();
  await visitor.inDialog("Save").click();
  await visitor.text("API key Forever is saved").waitFor();
  await visitor.text(/^This key will be held from/).waitFor({ state: "detached" });
  expect(visitor.page.url()).toContain(keyId);

  // A new key complies from the beginning.
  await visitor.page.getByRole("link", { name: "API Keys" }).first().click();
  await visitor.button("Create API Key").first().click();
  await visitor.dialog
    .getByText("Your company's key policy doesn't offer “SCIM API”, “SCIM API, read-only”.")
    .waitFor();
  expect(await visitor.scope("SCIM API").count()).toBe(0);
  await visitor.dialog.getByRole("button", { name: /^Expires/ }).click();
  expect(await choices(visitor)).toEqual(["60 days", "30 days", "On a date"]);
  await visitor.page.keyboard.press("Escape");
  await visitor.dialog.getByLabel("Name").fill("Compliant");
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("This API key is shown only now").waitFor();
  await visitor.inDialog("Close").click();
  await visitor.inDialog("Close without copying").click();
  const row = visitor.row("Compliant");
  await row.getByRole("button", { name: /^Rotate/ }).click();
  await visitor.dialog.getByText("after at most 60 days").waitFor();
  await visitor.inDialog("Rotate").click();
  await visitor.dialog.getByText("This secret is shown only now").waitFor();

  await visitor.open("/dashboard/activity");
  await visitor.text("changed the key policy.").waitFor();
  await visitor.text("Keys must expire, and a secret lives at most 60 days.").waitFor();
});

test("a response that got lost can be asked for again, and changes can be discarded", async () => {
  const before = await readPolicy();
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/key-policy");
  await visitor.page.getByLabel("Days of grace").fill("9");
  await visitor.button("Discard changes").click();
  expect(await visitor.page.getByLabel("Days of grace").inputValue()).toBe(String(before.graceDays));
  await checkbox(visitor, "Hold keys that nobody uses").check();
  await visitor.page.getByLabel("Days without a use").fill("45");
  await visitor.button("Review and save").click();
  let isLost = true;
  await visitor.page.route("**/admin/v1/key-policy?dryRun=false", async (route) => {
    if (route.request().method() !== "PUT" || !isLost) return route.fallback();
    isLost = false;
    await route.fetch();
    return route.abort("connectionreset");
  });
  await visitor.inDialog("Save").click();
  await visitor.dialog.getByText("The policy may or may not be saved").waitFor();
  await visitor.inDialog("Save").click();
  await visitor.text("The key policy is saved").waitFor();
  expect(await readPolicy()).toMatchObject({ unusedDays: 45 });
});

test("a company that is not on the Enterprise plan sees its policy and can't change it", async () => {
  const visitor = await world.visit();
  await visitor.signIn(BASIC_ADMIN, "/dashboard/key-policy");
  await visitor.text("You can't change the key policy").waitFor();
  await visitor.text("It demands nothing of keys.").waitFor();
  expect(await visitor.button("Review and save").count()).toBe(0);
  expect(await visitor.violations()).toEqual([]);
});
