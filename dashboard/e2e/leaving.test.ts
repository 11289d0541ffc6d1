import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, type Visitor } from "./world";

const world = startStack();

/** The dialog with the question, which is on top. */
function question(visitor: Visitor, title: string) {
  return visitor.page.getByRole("dialog", { name: title });
}

async function answer(visitor: Visitor, title: string, button: string): Promise<void> {
  await question(visitor, title).getByRole("button", { name: button, exact: true }).click();
  await question(visitor, title).waitFor({ state: "detached" });
}

/** A visitor who went from the members to the API keys, so that Back stays in the page. */
async function atApiKeys(): Promise<Visitor> {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members");
  await visitor.row(ADMIN).waitFor();
  await visitor.page.getByRole("link", { name: "API Keys" }).first().click();
  await visitor.button("Create API Key").first().waitFor();
  return visitor;
}

async function create(visitor: Visitor, name: string): Promise<string> {
  await visitor.button("Create API Key").first().click();
  await visitor.dialog.getByLabel("Name").fill(name);
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("This API key is shown only now").waitFor();
  return visitor.dialog.getByRole("textbox").inputValue();
}

/** Whether the browser asks before the page is closed or reloaded. */
function asksBeforeClosing(visitor: Visitor): Promise<boolean> {
  return visitor.page.evaluate(() => {
    const event = new Event("beforeunload", { cancelable: true });
    window.dispatchEvent(event);
    return event.defaultPrevented;
  });
}

test("going back does not destroy a key that was not copied", async () => {
  const visitor = await atApiKeys();
  const key = await create(visitor, "Back");
  expect(await asksBeforeClosing(visitor)).toBe(true);
  const title = "You have not copied the API key";
  await visitor.page.goBack();
  await answer(visitor, title, "Stay");
  expect(await visitor.dialog.getByRole("textbox").inputValue()).toBe(key);
  expect(visitor.page.url()).toContain("/dashboard/api-keys");
  // Escape asks in the dialog itself. A click outside does nothing.
  await visitor.page.keyboard.press("Escape");
  await visitor.dialog.getByText(title).waitFor();
  await visitor.page.mouse.click(5, 5);
  expect(await visitor.dialog.getByRole("textbox").inputValue()).toBe(key);
  // A second Escape and the close button don't answer the question.
  await visitor.page.keyboard.press("Escape");
  await visitor.inDialog("Close modal").click();
  expect(await visitor.dialog.getByRole("textbox").inputValue()).toBe(key);

  await visitor.page.goBack();
  await answer(visitor, title, "Leave without copying");
  await visitor.row(ADMIN).waitFor();
  expect(await asksBeforeClosing(visitor)).toBe(false);
});

test("only a copy of the whole key counts as copied", async () => {
  const visitor = await atApiKeys();
  await create(visitor, "Part");
  const text = visitor.dialog.getByRole("textbox");
  await text.evaluate((area: HTMLTextAreaElement) => {
    area.focus();
    area.setSelectionRange(3, 20);
  });
  await visitor.page.keyboard.press("Control+c");
  await visitor.dialog.getByText("Only a part of the key was copied").waitFor();
  expect(await asksBeforeClosing(visitor)).toBe(true);
  await text.evaluate((area: HTMLTextAreaElement) => area.select());
  await visitor.page.keyboard.press("Control+c");
  await visitor.dialog.getByText("Copied", { exact: true }).waitFor();
  expect(await asksBeforeClosing(visitor)).toBe(false);
  await visitor.inDialog("Close").click();
  await visitor.dialog.waitFor({ state: "detached" });
});

test("a command that is copied after the key replaces it in the clipboard", async () => {
  const visitor = await atApiKeys();
  await visitor.context.grantPermissions(["clipboard-write"], { origin: world.stack.page });
  const key = await create(visitor, "Replaced");
  const copyKey = visitor.inDialog("Copy").first();
  await copyKey.click();
  await visitor.dialog.getByText("Copied", { exact: true }).waitFor();
  await visitor.inDialog("Copy command").first().click();
  await visitor.dialog.getByText("The clipboard now contains something else.").waitFor();
  expect(await asksBeforeClosing(visitor)).toBe(true);
  await visitor.inDialog("Close").click();
  await visitor.dialog.getByText("Have you stored the API key?").waitFor();
  expect(await visitor.dialog.getByRole("textbox").inputValue()).toBe(key);
  await copyKey.click();
  await visitor.dialog.getByText("Copied", { exact: true }).waitFor();
  // Any other text of the dialog.
  await visitor.dialog.getByText("How to use the key").click({ clickCount: 3 });
  await visitor.page.keyboard.press("Control+c");
  await visitor.dialog.getByText("The clipboard now contains something else.").waitFor();
  await visitor.inDialog("Close").click();
  const asked = visitor.dialog.getByText("Have you stored the API key?");
  await expect(asked).toBeInViewport();
  await visitor.inDialog("It is stored").click();
  await visitor.dialog.waitFor({ state: "detached" });
  expect(await asksBeforeClosing(visitor)).toBe(false);
});

test("every way of leaving a half-filled form asks first", async () => {
  const visitor = await atApiKeys();
  const { page } = visitor;
  const title = "Discard this form?";
  await visitor.button("Create API Key").first().click();
  // Leaving an empty form asks nothing.
  await page.keyboard.press("Escape");
  await visitor.dialog.waitFor({ state: "detached" });

  await visitor.button("Create API Key").first().click();
  await visitor.dialog.getByLabel("Name").fill("Half");
  expect(await asksBeforeClosing(visitor)).toBe(true);
  const ways = [
    () => page.keyboard.press("Escape"),
    () => page.mouse.click(5, 5),
    () => visitor.inDialog("Cancel").click(),
    () => visitor.inDialog("Close modal").click(),
    () => page.goBack(),
  ];
  for (const leave of ways) {
    await leave();
    await answer(visitor, title, "Stay");
    expect(await visitor.dialog.getByLabel("Name").inputValue()).toBe("Half");
  }
  await visitor.inDialog("Cancel").click();
  await answer(visitor, title, "Discard");
  await visitor.dialog.waitFor({ state: "detached" });
  await visitor.button("Create API Key").first().click();
  expect(await visitor.dialog.getByLabel("Name").inputValue()).toBe("");
});

test("leaving a form with a key's characters asks first", async () => {
  const { mask } = await world.stack.createKey(ADMIN, "To revoke");
  const visitor = await atApiKeys();
  await visitor
    .row("To revoke")
    .getByRole("button", { name: /^Revoke API Key/ })
    .click();
  await visitor.dialog.getByLabel("First four characters").fill(mask.slice(0, 4));
  await visitor.page.keyboard.press("Escape");
  await answer(visitor, "Discard this form?", "Stay");
  await visitor.page.goBack();
  await answer(visitor, "Discard this form?", "Discard");
  await visitor.row(ADMIN).waitFor();
});

test("a key that was not copied stays visible when the session ends", async () => {
  const visitor = await atApiKeys();
  const key = await create(visitor, "Held");
  await visitor.page.route("**/admin/v1/**", (route) =>
    route.fulfill({ status: 401, json: { message: "Unauthorized" } }),
  );
  // When a person returns to the window, their role is read again.
  await visitor.page.clock.install();
  await visitor.page.clock.fastForward(60_000);
  const refused = visitor.page.waitForResponse((response) => response.status() === 401);
  await visitor.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await refused;
  expect(await visitor.dialog.getByRole("textbox").inputValue()).toBe(key);
  await visitor.inDialog("Close").click();
  await visitor.inDialog("Close without copying").click();
  await visitor.text("Your session has ended").waitFor();
});
