import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { expect, test } from "@playwright/test";
import { EXAMPLE } from "../src/find-key/key-fixture";
import { startStack } from "./fixture";
import { PLACES, Traces } from "./traces";
import { ADMIN, BASIC_ADMIN, SECOND_ADMIN, type Visitor } from "./world";

const world = startStack();
const PLACE = "/dashboard/find-key";
const FIND = "**/admin/v1/api-keys/find";

/** The field for the key. */
function field(visitor: Visitor) {
  return visitor.page.getByLabel("API key", { exact: true });
}

/** Pastes a text and asks. Playwright's `fill` would make a copy of the text in the page's memory. */
async function ask(visitor: Visitor, text: string): Promise<void> {
  await field(visitor).focus();
  await visitor.page.keyboard.insertText(text);
  await visitor.page.keyboard.press("Enter");
}

test("after the question is answered, the key is nowhere in the page", async () => {
  const { key } = await world.stack.createKey(ADMIN, "From a wiki");
  const secret = key.slice(4, -4);
  const visitor = await world.visit();
  const traces = await Traces.watch(visitor);
  await visitor.signIn(ADMIN, PLACE);
  await ask(visitor, `Authorization: apikey ${key}`);
  await visitor.page.getByRole("status").getByText("This key works").waitFor();
  expect((await traces.look()).placesOf(secret)).toEqual([]);
  const asked = traces.requests.filter((request) => request.url().endsWith("/find"));
  const digest = createHash("sha256").update(key).digest("hex");
  expect(asked.map((request) => request.postDataJSON() as unknown)).toContainEqual({ digest });
  // Nor does the browser give the key back.
  await field(visitor).focus();
  await visitor.page.keyboard.press("Control+z");
  expect(await field(visitor).inputValue()).toBe("");

  // The same search finds the key wherever a page can leave it.
  await visitor.page.keyboard.insertText(key);
  await visitor.page.evaluate(async () => {
    const key = document.querySelector<HTMLInputElement>("input[type=password]")?.value ?? "";
    Object.assign(window, { kept: key });
    new TextEncoder().encode(key);
    document.title = key;
    sessionStorage.setItem("kept", key);
    localStorage.setItem("kept", key);
    document.cookie = `kept=${key}`;
    history.replaceState({ kept: key }, "");
    console.debug(key);
    await (await caches.open("kept")).put("/kept", new Response(key));
    await new Promise((resolve) => {
      const open = indexedDB.open("kept");
      open.onupgradeneeded = () => open.result.createObjectStore("kept");
      open.onsuccess = () => {
        const change = open.result.transaction("kept", "readwrite");
        change.objectStore("kept").put(key, "key");
        change.oncomplete = resolve;
      };
    });
    await fetch(`/config.json?key=${key}`);
    await fetch("/config.json", { headers: { "X-Key": key } });
    await fetch("/config.json", { method: "POST", body: key });
  });
  expect((await traces.look()).placesOf(secret)).toEqual(PLACES);
});

test("a key is found by any of its secrets, and leads to the page where it is revoked", async () => {
  await world.stack.provision({ operation: "change-plan", companyId: "basic", plan: "enterprise" });
  const foreign = await world.stack.createKey(BASIC_ADMIN, "Foreign");
  const { key, keyId } = await world.stack.createKey(SECOND_ADMIN, "Nightly offboarding");
  const rotate = (step: string, body = {}) =>
    world.stack.as<{ key: string }>(ADMIN, `/admin/v1/api-keys/${keyId}/${step}`, body);
  const { key: canceled } = await rotate("rotate");
  await rotate("cancel-rotation");
  const { key: second } = await rotate("rotate");
  const visitor = await world.visit();
  const { page } = visitor;
  await visitor.signIn(ADMIN, "/dashboard");
  await page.getByRole("link", { name: "Which key is this?" }).click();
  await page.waitForURL(`**${PLACE}`);

  // What is no key is said at the field, and nothing is sent.
  const sent: string[] = [];
  page.on("request", (request) => request.url().endsWith("/find") && sent.push(request.method()));
  for (const [text, says] of [
    ["", "Paste an API key."],
    ["hunter2", "This text contains no API key."],
    [key.slice(0, -2), "after “_cak1_” are too few: 26 instead of 28."],
    [EXAMPLE.replace("m2", "2m"), "This key has a typing error"],
  ] as const) {
    await ask(visitor, text);
    await expect(field(visitor)).toHaveAccessibleDescription(new RegExp(says));
    expect(await field(visitor).getAttribute("aria-invalid")).toBe("true");
    expect(await field(visitor).inputValue()).toBe("");
    await expect(field(visitor)).toBeFocused();
  }
  await ask(visitor, `${key.slice(0, 4)}…${key.slice(-4)}`);
  await visitor.text("This is a mask, not an API key").waitFor();
  await expect(field(visitor)).toHaveAccessibleDescription(/^Paste the key/);
  expect(sent).toEqual([]);

  // Keys that don't exist and other companies' keys are answered alike.
  const answers: string[] = [];
  for (const text of [EXAMPLE, foreign.key]) {
    await ask(visitor, text);
    await visitor.text("Your company has no such key").waitFor();
    answers.push(await page.locator("main").innerText());
  }
  expect(answers[1]).toBe(answers[0]);
  // The command on the page revokes any key, also one of the company.
  const command = (await page.locator("pre").allInnerTexts()).find((text) => text.includes("curl")) ?? "";
  const { key: leaked, mask } = await world.stack.createKey(ADMIN, "From a forum");
  for (const KEY of [foreign.key, leaked]) {
    const options = { env: { ...process.env, KEY }, encoding: "utf8" } as const;
    expect(execFileSync("bash", ["-c", `${command} -s`], options)).toMatch(/^HTTP\/1.1 202 /);
    expect(await world.stack.suspendWith(KEY, "member-9@acme.example")).toBe(401);
  }
  await ask(visitor, leaked);
  await visitor.text("This key is revoked").waitFor();
  await page.getByRole("link", { name: "Open the key's page" }).click();
  await visitor.text("because somebody found it and reported it").waitFor();
  await visitor
    .text(
      `Somebody who found the key reported the API key “From a forum” (${mask}) as leaked. The key was revoked.`,
    )
    .waitFor();
  await page.goBack();

  // A lost response can be asked for again, without the key.
  let isBroken = true;
  await page.route(FIND, (route) => (isBroken ? route.abort("connectionreset") : route.continue()));
  await ask(visitor, `KEY=${key}`);
  await visitor.text("The key can't be looked up").waitFor();
  expect(await field(visitor).inputValue()).toBe("");
  isBroken = false;
  await visitor.button("Try again").click();
  await visitor.text("This key works").waitFor();
  await visitor.text("Nightly offboarding").waitFor();
  await page.unroute(FIND);

  // On a slow line, it says that it waits, and asks once.
  await page.route(FIND, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await route.continue();
  });
  sent.length = 0;
  await ask(visitor, second);
  await expect(visitor.button("Find key")).toBeDisabled();
  expect(await page.getByText("This key works").count()).toBe(0);
  await page.keyboard.press("Enter");
  await visitor.text("which nobody has used yet").waitFor();
  expect(sent.filter((method) => method === "POST")).toHaveLength(1);
  await page.unroute(FIND);

  await ask(visitor, canceled);
  await visitor.text("This secret has ended").waitFor();
  expect(await world.stack.suspendWith(second, "member-9@acme.example")).toBe(200);
  await ask(visitor, key);
  await visitor.text("and it still works").waitFor();
  await page.getByRole("link", { name: "Open the key's page" }).click();
  await page.waitForURL(`**/dashboard/api-keys/${keyId}`);
  await visitor.button("Revoke").click();
  await visitor.dialog.getByLabel("First four characters").fill(second.slice(0, 4));
  await visitor.dialog.getByLabel("Last four characters").fill(second.slice(-4));
  await visitor.inDialog("Revoke API Key").click();
  await visitor.text("API key Nightly offboarding is revoked").waitFor();
  await page.goBack();
  await ask(visitor, second);
  await visitor.text("This key is revoked").waitFor();
});
