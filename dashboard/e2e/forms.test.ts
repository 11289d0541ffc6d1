import { expect, type Locator, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, MEMBER, type Visitor } from "./world";

const world = startStack();
const CREATE = "**/admin/v1/api-keys";
const LIST = { name: "Email addresses or account IDs" };

async function atApiKeys(options = {}): Promise<Visitor> {
  const visitor = await world.visit(options);
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.button("Create API Key").first().waitFor();
  return visitor;
}

async function chooseExpiry(visitor: Visitor, option: string): Promise<void> {
  await visitor.dialog.getByRole("button", { name: /^Expires/ }).click();
  await visitor.page.getByRole("option", { name: option }).click();
}

/** Waits until this element has the focus. */
async function focused(place: Locator): Promise<void> {
  await expect
    .poll(() => place.evaluate((element) => element === document.activeElement), { timeout: 10_000 })
    .toBe(true);
}

/** Replaces the API's response to the next request that creates a key. */
async function answerOnce(visitor: Visitor, status: number, json: object): Promise<void> {
  let answered = false;
  await visitor.page.route(CREATE, (route) => {
    if (answered || route.request().method() !== "POST") return route.fallback();
    answered = true;
    return route.fulfill({ status, json });
  });
}

function invalid(...fields: string[]): object {
  return {
    type: "urn:company-api-keys:problem:invalid-request",
    title: "The request is invalid",
    status: 400,
    detail: "See errors.",
    errors: fields.map((field) => ({ field, detail: `must be another ${field}` })),
  };
}

/** Signs in again after the session ended, and returns. */
async function signInAgain(visitor: Visitor): Promise<void> {
  await visitor.text("Your session has ended").waitFor();
  await visitor.page.unroute("**/admin/v1/**");
  await visitor.button("Sign in").click();
  await visitor.pick(ADMIN);
}

/** From now on, no request has a session. */
async function endSession(visitor: Visitor): Promise<void> {
  await visitor.page.route("**/admin/v1/**", (route) =>
    route.fulfill({ status: 401, json: { message: "Unauthorized" } }),
  );
}

for (const { locale, first, typed, shown, until } of [
  { locale: "en-US", first: "Sun", typed: "1/31/2027", shown: "01/31/2027", until: "Jan 31, 2027" },
  { locale: "de-DE", first: "Mo", typed: "31.1.2027", shown: "31.01.2027", until: "31.01.2027" },
  { locale: "ja-JP", first: "日", typed: "2027/1/31", shown: "2027/01/31", until: "2027/01/31" },
]) {
  test.describe(`in ${locale}`, () => {
    test("the last day is typed and chosen in the format of the country", async () => {
      const visitor = await atApiKeys({ locale });
      await visitor.page.clock.setFixedTime(new Date("2026-12-15T12:00:00Z"));
      await visitor.button("Create API Key").first().click();
      await chooseExpiry(visitor, "On a date");
      const day = visitor.dialog.getByRole("textbox", { name: "Last day" });
      await day.pressSequentially(typed);
      await visitor.dialog.getByText(until).waitFor();
      await visitor.dialog.getByLabel("Name").focus();
      expect(await day.inputValue()).toBe(shown);
      const open = visitor.dialog.getByRole("button", { name: "Choose the last day" });
      await open.click();
      const calendar = visitor.page.getByRole("grid").last();
      expect(await calendar.locator("th").first().innerText()).toContain(first);
      const thirtieth = visitor.page.getByText("30", { exact: true });
      await calendar.locator("td").filter({ has: thirtieth }).last().click();
      await calendar.waitFor({ state: "detached" });
      await focused(open);
      expect(await day.inputValue()).toBe(shown.replace("31", "30"));
    });
  });
}

test("a mistake is marked on its own field, and the first one has the focus", async () => {
  const visitor = await atApiKeys();
  const { dialog } = visitor;
  await visitor.button("Create API Key").first().click();
  await chooseExpiry(visitor, "On a date");
  await visitor.inDialog("Create API Key").click();
  await focused(dialog.getByLabel("Name"));
  const day = dialog.getByRole("textbox", { name: "Last day" });
  expect(await day.getAttribute("aria-invalid")).toBe("true");
  await dialog.getByLabel("Name").fill("Nightly");
  await visitor.inDialog("Create API Key").click();
  await focused(day);

  await day.fill("31/31/2027");
  await visitor.inDialog("Create API Key").click();
  await dialog.getByText("Enter the day as MM/DD/YYYY.").waitFor();
  await focused(day);
  expect(await day.inputValue()).toBe("31/31/2027");

  await day.fill("01/31/2027");
  // What was changed is no mistake until it is looked at again.
  await expect(day).not.toHaveAttribute("aria-invalid", "true");
  await visitor.page.clock.setFixedTime(new Date("2026-12-15T12:00:00Z"));
  await answerOnce(visitor, 400, invalid("scopes[0]", "expiresAt", "surprise"));
  await visitor.inDialog("Create API Key").click();
  await dialog.getByText("Must be another expiresAt.").waitFor();
  await dialog.getByText("Must be another scopes[0].").waitFor();
  await dialog.getByText("Must be another surprise.").waitFor();
  expect(await day.getAttribute("aria-invalid")).toBe("true");
  await focused(dialog.getByRole("checkbox").first());
});

test("a mistake in a key's first or last characters is marked on its own field", async () => {
  const { mask } = await world.stack.createKey(ADMIN, "Marked");
  const visitor = await atApiKeys();
  await visitor
    .row("Marked")
    .getByRole("button", { name: /^Revoke/ })
    .click();
  const [first, last] = ["First four characters", "Last four characters"].map((label) =>
    visitor.dialog.getByLabel(label),
  ) as [Locator, Locator];
  await first.fill(mask.slice(0, 4));
  await visitor.inDialog("Revoke API Key").click();
  await focused(last);
  await last.fill(mask.slice(-4));
  await visitor.page.route("**/revoke", (route) => route.fulfill({ status: 400, json: invalid("lastFour") }));
  await visitor.inDialog("Revoke API Key").click();
  await visitor.dialog.getByText("Must be another lastFour.").waitFor();
  await focused(last);
  expect(await first.getAttribute("aria-invalid")).not.toBe("true");
});

test("a list without an account and a file that is too large are refused", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members/many");
  await visitor.button("Suspend accounts").click();
  await visitor.text("Enter at least one email address").waitFor();
  await focused(visitor.page.getByRole("textbox", LIST));
  const buffer = Buffer.alloc(1_000_001, "a");
  await visitor.page.setInputFiles("input[type=file]", { name: "a.csv", mimeType: "text/csv", buffer });
  await visitor.text("The file is larger than 1 MB").waitFor();
});

test("after a dialog, the focus returns to where it was", async () => {
  const { mask } = await world.stack.createKey(ADMIN, "Focused");
  const visitor = await atApiKeys();
  const { page, dialog } = visitor;
  const create = visitor.button("Create API Key").first();
  await create.click();
  await page.keyboard.press("Escape");
  await focused(create);

  const revoke = visitor.row("Focused").getByRole("button", { name: /^Revoke/ });
  const fill = async () => {
    await revoke.click();
    await dialog.getByLabel("First four characters").fill(mask.slice(0, 4));
    await dialog.getByLabel("Last four characters").fill(mask.slice(-4));
  };
  await fill();
  await page.keyboard.press("Escape");
  await page
    .getByRole("dialog", { name: "Discard this form?" })
    .getByRole("button", { name: "Stay" })
    .click();
  await focused(dialog.getByLabel("Last four characters"));
  await visitor.inDialog("Revoke API Key").click();
  await visitor.row("Focused").waitFor({ state: "detached" });
  // The row is gone with the button.
  await focused(page.getByRole("heading", { level: 1, name: "API Keys" }).first());

  await page.getByRole("link", { name: "Members" }).first().click();
  await visitor.row(MEMBER).getByRole("checkbox").check({ force: true });
  await visitor.button("Suspend").click();
  await visitor.inDialog("Cancel").click();
  await focused(visitor.button("Suspend"));
  await visitor.button("Change many").click();
  await page.getByRole("textbox", LIST).fill(MEMBER);
  await visitor.button("Suspend 1 account").click();
  await visitor.inDialog("Cancel").click();
  await focused(visitor.button("Suspend 1 account"));
});

test("a form survives the end of its session", async () => {
  const { mask } = await world.stack.createKey(ADMIN, "Outlived");
  const visitor = await atApiKeys();
  const { page, dialog } = visitor;
  await visitor.button("Create API Key").first().click();
  await dialog.getByLabel("Name").fill("Kept");
  await chooseExpiry(visitor, "30 days");
  await endSession(visitor);
  await visitor.inDialog("Create API Key").click();
  await signInAgain(visitor);
  await dialog.waitFor();
  expect(await dialog.getByLabel("Name").inputValue()).toBe("Kept");
  await dialog.getByRole("button", { name: /30 days/ }).waitFor();
  await visitor.inDialog("Create API Key").click();
  await dialog.getByText("This API key is shown only now").waitFor();
  expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toMatch(/kept:|_cak1_/);
  await visitor.inDialog("Close").click();
  await visitor.inDialog("Close without copying").click();

  await visitor
    .row("Outlived")
    .getByRole("button", { name: /^Revoke/ })
    .click();
  await dialog.getByLabel("First four characters").fill(mask.slice(0, 4));
  await dialog.getByLabel("Last four characters").fill(mask.slice(-4));
  await endSession(visitor);
  await visitor.inDialog("Revoke API Key").click();
  await signInAgain(visitor);
  await dialog.waitFor();
  expect(await dialog.getByLabel("First four characters").inputValue()).toBe(mask.slice(0, 4));
  await visitor.inDialog("Revoke API Key").click();
  await visitor.text("API key Outlived is revoked").waitFor();

  await visitor.open("/dashboard/members/many");
  await page.getByRole("textbox", LIST).fill(MEMBER);
  await endSession(visitor);
  await visitor.button("Suspend 1 account").click();
  await signInAgain(visitor);
  await expect.poll(() => page.getByRole("textbox", LIST).inputValue()).toBe(MEMBER);
});

test("a session that ends between a lost response and its retry creates no second key", async () => {
  const visitor = await atApiKeys();
  const keys: (string | undefined)[] = [];
  await visitor.page.route(CREATE, async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    keys.push(route.request().headers()["idempotency-key"]);
    if (keys.length > 1) return route.fallback();
    await route.fetch();
    return route.abort("connectionreset");
  });
  await visitor.button("Create API Key").first().click();
  await visitor.dialog.getByLabel("Name").fill("Twice");
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("The API key may or may not have been created").waitFor();
  await endSession(visitor);
  await visitor.inDialog("Try again").click();
  await signInAgain(visitor);
  await visitor.dialog.getByText("The API key may or may not have been created").waitFor();
  await visitor.inDialog("Try again").click();
  await visitor.dialog.getByText("The API key exists, but can't be shown").waitFor();
  expect(new Set(keys).size).toBe(1);
});
