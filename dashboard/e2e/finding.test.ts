import { expect, test } from "@playwright/test";
import { isolated } from "../src/common/outside";
import { startStack } from "./fixture";
import { ADMIN, SECOND_ADMIN, type Visitor } from "./world";

const world = startStack();
const DAY = 24 * 60 * 60 * 1000;
const days = (count: number) => new Date(Date.now() + count * DAY).toISOString();

/** Creates a key with these properties. */
function create(body: Record<string, unknown>): Promise<{ keyId: string; key: string; mask: string }> {
  return world.stack.as(ADMIN, "/admin/v1/api-keys", { scopes: ["deprovisioning"], ...body });
}

/** The names in the list, from the top down. */
function names(visitor: Visitor): Promise<string[]> {
  return visitor.page.locator("tbody a bdi").allInnerTexts();
}

/** Sorts by a column. With the keyboard, because the sticky header has a copy of its buttons on top of them. */
async function sort(visitor: Visitor, name: string): Promise<void> {
  await visitor.page.getByRole("button", { name }).focus();
  await visitor.page.keyboard.press("Enter");
}

async function search(visitor: Visitor, text: string): Promise<void> {
  await visitor.page.getByLabel("Name, mask or ID of an API key").fill(text);
}

test("keys are found by name, mask and ID, by quick filters, and sorted, all in the address", async () => {
  const okta = await create({ name: "Okta", expiresAt: days(20) });
  const siem = await create({ name: "SIEM 10", scopes: ["audit-log"], expiresAt: days(200) });
  const held = await create({ name: "SIEM 9", scopes: ["audit-log"] });
  await world.stack.as(ADMIN, `/admin/v1/api-keys/${held.keyId}/hold`, {});
  await world.stack.as(ADMIN, `/admin/v1/api-keys/${siem.keyId}/rotate`, {});
  await world.stack.createKey(SECOND_ADMIN, "Theirs");
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.row("Okta").getByText("Expires within 30 days").waitFor();
  await visitor.row("SIEM 9").getByText("Held", { exact: true }).waitFor();
  await visitor.row("SIEM 10").getByText("Rotating").waitFor();
  await visitor.text("(4 of 50)").waitFor();

  for (const [text, found] of [
    ["siem", ["SIEM 9", "SIEM 10"]],
    [okta.mask, ["Okta"]],
    [okta.mask.slice(-4), ["Okta"]],
    [siem.keyId, ["SIEM 10"]],
  ] as const) {
    await search(visitor, text);
    await expect.poll(() => names(visitor)).toEqual(found);
  }
  // A whole key that was pasted is searched by its mask, and is nowhere in the address.
  await search(visitor, okta.key);
  await expect.poll(() => names(visitor)).toEqual(["Okta"]);
  expect(decodeURIComponent(visitor.page.url())).toContain(`search=${okta.mask}`);
  await search(visitor, "nothing like this");
  await visitor.text("No API key matches").waitFor();
  await visitor.button("Show all active keys").click();
  await expect.poll(() => names(visitor)).toHaveLength(4);

  await visitor.button("Expires within 30 days (1)").click();
  await expect.poll(() => names(visitor)).toEqual(["Okta"]);
  await visitor.button("Held (1)").click();
  await visitor.text("No API key matches").waitFor();
  await visitor.button("Expires within 30 days (1)").click();
  await expect.poll(() => names(visitor)).toEqual(["SIEM 9"]);
  await visitor.button("Held (1)").click();

  await sort(visitor, "Expires, not sorted");
  await expect.poll(() => names(visitor)).toEqual(["Okta", "SIEM 10", "SIEM 9", "Theirs"]);
  await sort(visitor, "Name, not sorted");
  await sort(visitor, "Name, sorted ascending");
  await expect.poll(() => names(visitor)).toEqual(["Theirs", "SIEM 10", "SIEM 9", "Okta"]);
  await search(visitor, "siem");
  await expect.poll(() => names(visitor)).toEqual(["SIEM 10", "SIEM 9"]);
  await expect.poll(() => visitor.page.url()).toContain("search=siem");
  await visitor.page.reload();
  await visitor.row("SIEM 9").waitFor();
  expect(await names(visitor)).toEqual(["SIEM 10", "SIEM 9"]);
  expect(await visitor.page.getByLabel("Name, mask or ID of an API key").inputValue()).toBe("siem");
  expect(visitor.complaints).toEqual([]);
});

test("a narrow window sorts by a field, and finds keys in other states with the service", async () => {
  for (const name of ["AA", "ZZ"]) await create({ name });
  const { keyId, key } = await create({ name: "Ended" });
  const characters = { firstFour: key.slice(0, 4), lastFour: key.slice(-4) };
  await world.stack.as(ADMIN, `/admin/v1/api-keys/${keyId}/revoke`, characters);
  const visitor = await world.visit({ viewport: { width: 400, height: 900 } });
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.page.getByRole("button", { name: /Sort by/ }).click();
  await visitor.page.getByRole("option", { name: "Sort by: Name, descending" }).click();
  await visitor.page.waitForURL(/sort=name&order=descending/);
  const cards = visitor.page.locator("main li a bdi");
  await expect.poll(async () => (await cards.allInnerTexts())[0]).toBe("ZZ");
  await visitor.open("/dashboard/api-keys?state=revoked&search=nded");
  await visitor.text("Ended").waitFor();
  await visitor.open("/dashboard/api-keys?state=revoked&search=nothing");
  await visitor.text("No API key matches").waitFor();
});

/** Selects keys by their names. */
async function select(visitor: Visitor, selected: readonly string[]): Promise<void> {
  for (const name of selected) {
    await visitor.page.getByRole("checkbox", { name: new RegExp(isolated(name)) }).check({ force: true });
  }
}

/** Types the characters of a key. */
async function identify(visitor: Visitor, name: string, mask: string): Promise<void> {
  const field = (which: string) => visitor.dialog.getByLabel(`${which} four characters of ${isolated(name)}`);
  await field("First").fill(mask.slice(0, 4));
  await field("Last").fill(mask.slice(-4));
}

test("several keys are revoked at once, each identified, and a broken connection loses nothing", async () => {
  const keys = new Map<string, { keyId: string; key: string; mask: string }>();
  for (const name of ["Many 1", "Many 2", "Many 3"]) keys.set(name, await create({ name }));
  const mask = (name: string) => keys.get(name)?.mask ?? "";
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys?search=Many");
  await visitor.row("Many 1").waitFor();
  expect(await visitor.button("Revoke").isDisabled()).toBe(true);
  await select(visitor, [...keys.keys()]);
  await visitor.button("Revoke 3 keys").click();
  await visitor.dialog.getByText("Everything that uses these keys stops working at once").waitFor();

  for (const name of keys.keys()) await identify(visitor, name, mask(name));
  await identify(visitor, "Many 2", mask("Many 1"));
  await visitor.inDialog("Revoke 3 API keys").click();
  await visitor.dialog.getByText("These are not the characters of this key").waitFor();
  for (const { key } of keys.values()) {
    expect(await world.stack.suspendWith(key, "member-7@acme.example")).toBe(200);
  }
  await identify(visitor, "Many 2", mask("Many 2"));

  // The list has the newest key first. Its revocation succeeds, and the next one gets no response.
  const sent: string[] = [];
  let isBroken = true;
  await visitor.page.route("**/api-keys/*/revoke", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    sent.push(route.request().url());
    if (sent.length === 1 || !isBroken) return route.continue();
    return route.abort("connectionreset");
  });
  await visitor.inDialog("Revoke 3 API keys").click();
  await visitor.dialog.getByText("1 of 3 API keys revoked").waitFor();
  await visitor.dialog.getByText(/^May or may not be revoked: The service did not respond/).waitFor();
  await visitor.page.reload();
  await visitor.dialog.getByText("1 of 3 API keys revoked").waitFor();
  const field = visitor.dialog.getByLabel(`First four characters of ${isolated("Many 1")}`);
  expect(await field.inputValue()).toBe(mask("Many 1").slice(0, 4));
  await visitor.page.keyboard.press("Escape");
  const question = visitor.page.getByRole("dialog", { name: "Some API keys are not revoked" });
  await question.getByRole("button", { name: "Stay" }).click();
  await question.waitFor({ state: "detached" });
  isBroken = false;
  await visitor.inDialog("Try again: 2 API keys").click();
  await visitor.dialog.getByText("3 of 3 API keys revoked").waitFor();
  await visitor.inDialog("Close").click();
  await visitor.text("No API key matches").waitFor();
  for (const { key } of keys.values()) {
    expect(await world.stack.suspendWith(key, "member-7@acme.example")).toBe(401);
  }
});

test("one of several keys that can't be revoked doesn't keep the others, and can be tried again", async () => {
  const masks = new Map<string, string>();
  for (const name of ["Some 1", "Some 2"]) masks.set(name, (await create({ name })).mask);
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys?search=Some");
  await visitor.row("Some 1").waitFor();
  await select(visitor, [...masks.keys()]);
  await visitor.button("Revoke 2 keys").click();
  for (const [name, mask] of masks) await identify(visitor, name, mask);
  let first = true;
  await visitor.page.route("**/api-keys/*/revoke", async (route) => {
    if (!first || route.request().method() !== "POST") return route.fallback();
    first = false;
    const type = "urn:company-api-keys:problem:not-found";
    return route.fulfill({ status: 404, json: { type, title: "", status: 404, detail: "It is gone." } });
  });
  await visitor.inDialog("Revoke 2 API keys").click();
  await visitor.dialog.getByText("Not revoked: It is gone.").waitFor();
  await visitor.dialog.getByText("1 of 2 API keys revoked").waitFor();
  await visitor.inDialog("Try again: 1 API key").click();
  await visitor.dialog.getByText("2 of 2 API keys revoked").waitFor();
});
