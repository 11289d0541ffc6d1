import { expect, test } from "@playwright/test";
import { isolated } from "../src/common/outside";
import { startStack } from "./fixture";
import { ADMIN, MEMBER, SECOND_ADMIN, type Visitor } from "./world";

const world = startStack();
const KEY = /^[0-9A-Za-z]{22}_cak1_[0-9A-Za-z]{28}$/;
const ROTATE = "**/admin/v1/api-keys/*/rotate";

const maskOf = (key: string) => `${key.slice(0, 4)}…${key.slice(-4)}`;

/** Signs in and opens the list of keys. */
async function atKeys(email = ADMIN): Promise<Visitor> {
  const visitor = await world.visit();
  await visitor.context.grantPermissions(["clipboard-write"], { origin: world.stack.page });
  await visitor.signIn(email, "/dashboard/api-keys");
  await visitor.button("Create API Key").first().waitFor();
  return visitor;
}

/** Opens the dialog of a step of a rotation. */
async function choose(visitor: Visitor, name: string, step: string): Promise<void> {
  const steps = visitor.row(name).getByRole("button", { name: `${step}: ${isolated(name)}` });
  await steps.click();
  await visitor.dialog.waitFor();
}

/** Rotates a key in the dialog that is open. Returns the new secret. */
async function rotate(visitor: Visitor, button = "Rotate"): Promise<string> {
  await visitor.inDialog(button).click();
  await visitor.dialog.getByText("This secret is shown only now").waitFor();
  const secret = await visitor.dialog.getByRole("textbox").inputValue();
  expect(secret).toMatch(KEY);
  return secret;
}

/** Closes the dialog that shows a secret after copying the secret. */
async function copyAndClose(visitor: Visitor): Promise<void> {
  await visitor.inDialog("Copy").click();
  await visitor.dialog.getByText("Copied", { exact: true }).waitFor();
  await visitor.inDialog("Close").click();
  await visitor.dialog.waitFor({ state: "detached" });
}

/** Creates a key and gives it a new secret, without a browser. */
async function rotating(name: string): Promise<{ keyId: string; old: string; new: string }> {
  const { key, keyId } = await world.stack.createKey(ADMIN, name);
  const { key: secret } = await world.stack.as<{ key: string }>(
    ADMIN,
    `/admin/v1/api-keys/${keyId}/rotate`,
    {},
  );
  return { keyId, old: key, new: secret };
}

const use = (secret: string) => world.stack.suspendWith(secret, MEMBER);

test("a key is rotated, its first use is seen, and completing ends the old secret", async () => {
  const { key, mask } = await world.stack.createKey(ADMIN, "Whole rotation");
  const visitor = await atKeys();
  const row = visitor.row("Whole rotation");
  await row.getByRole("button", { name: `Rotate: ${isolated("Whole rotation")}, ${mask}` }).click();
  await visitor.dialog.getByText("Its first use starts the end of the old one").waitFor();
  await visitor.dialog.getByRole("button", { name: /^The old secret works for/ }).click();
  await visitor.page.getByRole("option", { name: "3 days" }).click();
  const secret = await rotate(visitor);
  await visitor.dialog.getByText("The old secret then works for 3 days more").waitFor();
  expect(await visitor.dialog.getByText("Nobody has used the new secret yet").count()).toBe(0);
  await visitor.inDialog("Copy").click();
  await visitor.dialog.getByText("Nobody has used the new secret yet").waitFor();
  expect(await use(key)).toBe(200);
  // The dialog looks again by itself.
  expect(await use(secret)).toBe(200);
  await visitor.dialog.getByText("The new secret is in use. The old one works until").waitFor();
  await visitor.dialog.getByRole("link", { name: /^Activity of/ }).waitFor();
  await visitor.inDialog("Close").click();
  await visitor.dialog.waitFor({ state: "detached" });

  await row.getByText(maskOf(secret)).first().waitFor();
  await row.getByText(`Old: ${mask}`).waitFor();
  const old = row.getByText("Old secret works until");
  await old.waitFor();
  const ends = await old.locator("time").first().getAttribute("datetime");
  expect((Date.parse(ends ?? "") - Date.now()) / 3_600_000).toBeCloseTo(72, 0);
  await row.getByRole("button", { name: /^Complete rotation: / }).click();
  await visitor.dialog.getByText(`Requests with the old secret, ${mask}, then fail at once`).waitFor();
  await visitor.inDialog("Complete rotation").click();
  await visitor.text(`The old secret, ${mask}, no longer works`).waitFor();
  await row.getByRole("button", { name: /^Rotate: / }).waitFor();
  expect(await row.getByText("Rotating").count()).toBe(0);
  expect(await use(key)).toBe(401);
  expect(await use(secret)).toBe(200);
  expect(visitor.complaints).toEqual([]);

  await row.getByRole("link", { name: /^Activity of/ }).click();
  await visitor.text("completed the rotation of the API key").waitFor();
  await visitor.text(/The new secret of the API key .* was used for the first time\./).waitFor();
  await visitor.text("The old secret works for 3 days after the first use of the new one.").waitFor();
});

test("a new secret that nobody has used is replaced, and then canceled", async () => {
  const { old, new: first } = await rotating("Twice");
  const visitor = await atKeys();
  const row = visitor.row("Twice");
  await row.getByText(`New: ${maskOf(first)}`).waitFor();
  await choose(visitor, "Twice", "Rotate again");
  await visitor.dialog.getByText("The earlier new secret ends at once").waitFor();
  const second = await rotate(visitor, "Replace");
  await copyAndClose(visitor);
  await row.getByText(`New: ${maskOf(second)}`).waitFor();
  expect([await use(first), await use(old)]).toEqual([401, 200]);

  await choose(visitor, "Twice", "Cancel rotation");
  await visitor.dialog.getByText(`The current secret, ${maskOf(old)}, keeps working`).waitFor();
  await visitor.inDialog("Cancel rotation").click();
  await visitor.text(`The new secret, ${maskOf(second)}, no longer works`).waitFor();
  await row.getByRole("button", { name: /^Rotate: / }).waitFor();
  expect([await use(second), await use(old)]).toEqual([401, 200]);
});

test("completing before the first use warns, and ends the old secret too", async () => {
  const { old, new: secret } = await rotating("Unused");
  const visitor = await atKeys();
  await choose(visitor, "Unused", "Complete rotation");
  await visitor.dialog.getByText("Nobody has used the new secret yet").waitFor();
  await visitor.inDialog("Close").click();
  expect(await use(old)).toBe(200);
  await choose(visitor, "Unused", "Complete rotation");
  await visitor.inDialog("Complete rotation").click();
  await visitor.text(`The old secret, ${maskOf(old)}, no longer works`).waitFor();
  expect([await use(old), await use(secret)]).toEqual([401, 200]);
});

test("during a rotation, the characters of either secret revoke the key with both secrets", async () => {
  for (const which of ["old", "new"] as const) {
    const name = `Revoked by the ${which} secret`;
    const keys = await rotating(name);
    const visitor = await atKeys();
    await visitor
      .row(name)
      .getByRole("button", { name: /^Revoke API Key/ })
      .click();
    await visitor.dialog.getByText("Both secrets of the key end.").waitFor();
    for (const mask of [keys.old, keys.new].map(maskOf)) {
      await visitor.dialog.getByText(mask, { exact: true }).waitFor();
    }
    await visitor.dialog.getByLabel("First four characters").fill(keys[which].slice(0, 4));
    await visitor.dialog.getByLabel("Last four characters").fill(keys[which].slice(-4));
    await visitor.inDialog("Revoke API Key").click();
    await visitor.text(`API key ${name} is revoked`).waitFor();
    expect([await use(keys.old), await use(keys.new)]).toEqual([401, 401]);
  }
});

test("after a lost response nothing is lost: rotating again replaces the secret that nobody saw", async () => {
  const { key } = await world.stack.createKey(ADMIN, "Lost secret");
  const visitor = await atKeys();
  let lost = "";
  await visitor.page.route(ROTATE, async (route) => {
    if (lost) return route.fallback();
    // The request is carried out, but the response never arrives.
    const response = await route.fetch();
    lost = ((await response.json()) as { key: string }).key;
    return route.abort("connectionreset");
  });
  await visitor
    .row("Lost secret")
    .getByRole("button", { name: /^Rotate: / })
    .click();
  await visitor.inDialog("Rotate").click();
  const warning = visitor.dialog.getByText("The key may have a new secret that nobody has seen");
  await warning.waitFor();
  await visitor.dialog
    .getByText(`Nothing is lost: the current secret, ${maskOf(key)}, keeps working`)
    .waitFor();
  // The form is still there after a reload, and so is the question before leaving.
  await visitor.page.reload();
  await warning.waitFor();
  await visitor.inDialog("Close").click();
  await visitor.button("Stay").click();
  const secret = await rotate(visitor, "Rotate again");
  expect(secret).not.toBe(lost);
  await copyAndClose(visitor);
  await visitor
    .row("Lost secret")
    .getByText(`New: ${maskOf(secret)}`)
    .waitFor();
  expect([await use(lost), await use(key), await use(secret)]).toEqual([401, 200, 200]);
});

test("a new secret that was not copied is protected like a new key, and stays nowhere", async () => {
  await world.stack.createKey(ADMIN, "Uncopied");
  const visitor = await atKeys();
  await visitor
    .row("Uncopied")
    .getByRole("button", { name: /^Rotate: / })
    .click();
  const secret = await rotate(visitor);
  await visitor.inDialog("Close").click();
  await visitor.dialog.getByText("You have not copied the new secret").waitFor();
  await visitor.page.keyboard.press("Escape");
  expect(await visitor.dialog.getByRole("textbox").inputValue()).toBe(secret);
  await visitor.inDialog("Close without copying").click();
  await visitor.dialog.waitFor({ state: "detached" });
  await visitor
    .row("Uncopied")
    .getByText(`New: ${maskOf(secret)}`)
    .waitFor();
  const everywhere = await visitor.page.evaluate(() =>
    JSON.stringify([
      document.documentElement.outerHTML,
      [...document.querySelectorAll("textarea, input")].map((field) => (field as HTMLInputElement).value),
      { ...sessionStorage },
      { ...localStorage },
      history.state,
      location.href,
    ]),
  );
  expect(everywhere).not.toContain(secret.slice(4, -4));
});

test("the page looks for the first use only while it is visible", async () => {
  await world.stack.createKey(ADMIN, "Hidden");
  const visitor = await atKeys();
  await choose(visitor, "Hidden", "Rotate");
  const secret = await rotate(visitor);
  await visitor.page.clock.install();
  let looks = 0;
  visitor.page.on("request", (request) => {
    looks += Number(request.url().includes("state=active&limit=100"));
  });
  await visitor.inDialog("Copy").click();
  await visitor.dialog.getByText("Nobody has used the new secret yet").waitFor();
  const become = (state: string) =>
    visitor.page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, value: state });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, state);
  await visitor.page.clock.runFor(10_500);
  await expect.poll(() => looks).toBe(2);
  expect(await use(secret)).toBe(200);
  await become("hidden");
  await visitor.page.clock.runFor(60_000);
  expect(looks).toBe(2);
  await become("visible");
  await visitor.dialog.getByText("The new secret is in use").waitFor();
  // There is nothing more to see.
  const seen = looks;
  await visitor.page.clock.runFor(60_000);
  expect(looks).toBe(seen);
});

test("a rotation that another administrator has begun to use is not begun again, and the form is not kept", async () => {
  const { keyId, key } = await world.stack.createKey(ADMIN, "In use");
  const visitor = await atKeys();
  await choose(visitor, "In use", "Rotate");
  await visitor.dialog.getByRole("button", { name: /^The old secret works for/ }).click();
  await visitor.page.getByRole("option", { name: "7 days" }).click();
  const { key: newer } = await world.stack.as<{ key: string }>(
    SECOND_ADMIN,
    `/admin/v1/api-keys/${keyId}/rotate`,
    {},
  );
  expect(await use(newer)).toBe(200);
  await visitor.inDialog("Rotate").click();
  await visitor.dialog.getByText("No new secret was made").waitFor();
  await visitor.dialog.getByText("The new secret is in use, and the old one works until").waitFor();
  expect(await visitor.inDialog("Rotate").count()).toBe(0);
  await visitor.inDialog("Close").click();
  await visitor.dialog.waitFor({ state: "detached" });
  await visitor
    .row("In use")
    .getByText(`Old: ${maskOf(key)}`)
    .waitFor();
  await visitor.page.reload();
  await visitor.row("In use").waitFor();
  expect(await visitor.dialog.count()).toBe(0);
});

test("a view that is out of date changes nothing, and says what has happened", async () => {
  const keys = await rotating("Two administrators");
  const visitor = await atKeys();
  const row = visitor.row("Two administrators");
  await row.getByText("New secret not used yet").waitFor();
  // Meanwhile another administrator replaces the new secret.
  const path = `/admin/v1/api-keys/${keys.keyId}/rotate`;
  const { key: newer } = await world.stack.as<{ key: string }>(SECOND_ADMIN, path, {});
  await choose(visitor, "Two administrators", "Cancel rotation");
  await visitor.inDialog("Cancel rotation").click();
  await visitor.dialog.getByText("The rotation is not canceled").waitFor();
  await visitor.dialog.getByText("Somebody else may have rotated the key").waitFor();
  expect(await visitor.inDialog("Cancel rotation").count()).toBe(0);
  await visitor.inDialog("Close").click();
  await row.getByText(`New: ${maskOf(newer)}`).waitFor();

  // The new secret is used while the dialog that would cancel it is open.
  await choose(visitor, "Two administrators", "Cancel rotation");
  expect(await use(newer)).toBe(200);
  await visitor.inDialog("Cancel rotation").click();
  await visitor.dialog.getByText("The new secret is in use, and the old one works until").waitFor();
  await visitor.inDialog("Close").click();
  await row.getByText(`Old: ${maskOf(keys.old)}`).waitFor();
  await row.getByRole("button", { name: /^Complete rotation: / }).waitFor();
});

test("before a rotation, the list is read again, so that another administrator's new secret is not replaced unseen", async () => {
  const { keyId } = await world.stack.createKey(ADMIN, "Both rotate");
  const visitor = await atKeys();
  const button = visitor.row("Both rotate").getByRole("button", { name: /^Rotate: / });
  await button.waitFor();
  await world.stack.as(SECOND_ADMIN, `/admin/v1/api-keys/${keyId}/rotate`, {});
  await button.click();
  await visitor.dialog.getByText("The earlier new secret ends at once").waitFor();
  await visitor.dialog.getByText(SECOND_ADMIN).waitFor();
  await visitor.inDialog("Cancel").click();
  await visitor.dialog.waitFor({ state: "detached" });
});

test("a key that may rotate itself is created, and a key that revoked itself is listed as such", async () => {
  const visitor = await atKeys();
  await visitor.button("Create API Key").first().click();
  await visitor.dialog.getByLabel("Name").fill("By itself");
  await visitor.dialog.getByRole("checkbox", { name: "Let this key rotate itself" }).check();
  const days = visitor.dialog.getByLabel("Days until a new secret expires");
  await days.fill("367");
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("Enter a whole number of days from 1 to 366.").waitFor();
  await expect(days).toBeFocused();
  await days.fill("30");
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("This API key is shown only now").waitFor();
  const key = await visitor.dialog.getByRole("textbox").inputValue();
  await visitor.dialog.getByText("Rotates itself: new secrets expire after 30 days.").waitFor();
  const guide = visitor.dialog.getByRole("link", { name: "How a secret manager rotates the key" });
  expect(await guide.getAttribute("href")).toBe("/guide-secret-managers.html");
  await copyAndClose(visitor);
  const row = visitor.row("By itself");
  await row.getByText("Rotates itself: new secrets expire after 30 days.").waitFor();
  const authorization = { authorization: `apikey ${key}` };
  const rotated = await world.stack.post("/enterprise/v1/api-key/rotate", {}, authorization);
  expect(rotated.status, await rotated.text()).toBe(200);
  await visitor.button("Refresh").click();
  await row.getByText("New secret not used yet").waitFor();
  const revoked = await world.stack.post("/enterprise/v1/api-key/revoke", {}, authorization);
  expect(revoked.status, await revoked.text()).toBe(200);
  await visitor.open("/dashboard/api-keys?state=revoked");
  await row.getByText("by the key itself").waitFor();
  await row.getByRole("link", { name: /^Activity of/ }).click();
  await visitor.text(/The API key .* revoked itself\./).waitFor();
  await visitor.text(/The API key .* made a new secret for itself\./).waitFor();
});

test("a key is rotated, and the rotation canceled, with the keyboard alone", async () => {
  await world.stack.createKey(ADMIN, "Rotated by keyboard");
  const visitor = await atKeys();
  const { keyboard } = visitor.page;
  const tabTo = (name: string) => visitor.tabTo(name, 80);
  const which = isolated("Rotated by keyboard");
  await tabTo(`Rotate: ${which}`);
  await keyboard.press("Enter");
  await visitor.dialog.getByText("The old secret works for").waitFor();
  await tabTo("Rotate");
  await keyboard.press("Enter");
  await visitor.dialog.getByText("This secret is shown only now").waitFor();
  await tabTo("Copy");
  await keyboard.press("Enter");
  await visitor.dialog.getByText("Copied", { exact: true }).waitFor();
  await keyboard.press("Escape");
  await visitor.dialog.waitFor({ state: "detached" });
  const row = visitor.row("Rotated by keyboard");
  await row.getByText("New secret not used yet").waitFor();
  // The button that opened the dialog is gone, so the focus is in its row.
  await expect.poll(() => row.evaluate((row) => row.contains(document.activeElement))).toBe(true);
  await tabTo(`Cancel rotation: ${which}`);
  await keyboard.press("Enter");
  await visitor.dialog.getByText("The new secret ends at once").waitFor();
  await keyboard.press("Escape");
  await visitor.dialog.waitFor({ state: "detached" });
  await expect.poll(() => visitor.focused()).toContain(`Cancel rotation: ${which}`);
  await keyboard.press("Enter");
  await visitor.dialog.getByText("The new secret ends at once").waitFor();
  await tabTo("Cancel rotation");
  await keyboard.press("Enter");
  await visitor.text("is canceled").waitFor();
});
