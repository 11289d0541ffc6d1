import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, MEMBER, SECOND_ADMIN, type Visitor } from "./world";

const world = startStack();

/** A right-to-left mark. In these tests, every name contains one. */
const MARK = "\u200F";
/** Hebrew with direction marks at both ends, and Arabic after an Arabic letter mark. */
const NAMES = [`${MARK}עדה לאבלייס${MARK}`, `\u061Cغريس هوبر\u200E${MARK}`];
/** A single word with the maximum length of a name. */
const LONG = `${MARK}${"W".repeat(255)}`;

/** Replaces the names in the API's responses. The same name is always replaced by the same one. */
async function rename(visitor: Visitor, names: (name: string) => string): Promise<void> {
  const given = new Map<string, string>();
  const renamed = (key: string, value: unknown) => {
    if (key !== "name" || typeof value !== "string") return value;
    if (!given.has(value)) given.set(value, names(value));
    return given.get(value);
  };
  await visitor.page.route(/\/admin\/v1\//, async (route) => {
    const response = await route.fetch();
    const body = JSON.stringify(JSON.parse(await response.text(), renamed));
    await route.fulfill({ response, body });
  });
}

/** Names and addresses of other people that the page shows without isolation. */
function exposed(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate((mark) => {
    const others = new RegExp(`${mark}|[\\w.+-]+@(acme|basic)\\.example`);
    const found: string[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const { parentElement, textContent } = node;
      if (!others.test(textContent ?? "") || parentElement?.closest("bdi, textarea, script")) continue;
      // In a component's string, the characters U+2068 and U+2069 isolate.
      const rest = (textContent ?? "").replace(/\u2068[^\u2069]*\u2069/g, "");
      if (others.test(rest)) found.push(`${parentElement?.tagName}: ${textContent}`);
    }
    for (const element of document.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        if (["value", "href", "placeholder"].includes(name)) continue;
        if (others.test(value.replace(/\u2068[^\u2069]*\u2069/g, ""))) found.push(`${name}="${value}"`);
      }
    }
    if (others.test(document.title)) found.push(document.title);
    return found;
  }, MARK);
}

/** How far the page, or a text in it, extends beyond its place. */
function tooWide(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() => {
    const found: string[] = [];
    const beyond = document.documentElement.scrollWidth - innerWidth;
    if (beyond > 0) found.push(`the page: ${beyond} px`);
    for (const name of document.querySelectorAll("bdi")) {
      const box = name.closest("td, th, li, dd, [role=dialog], [popover]") ?? document.documentElement;
      const { right, width } = box.getBoundingClientRect();
      // A table can scroll sideways, but not because of one name.
      if (width > innerWidth) found.push(`around ${name.textContent?.slice(0, 20)}: ${width} px`);
      const over = name.getBoundingClientRect().right - right;
      if (over > 1) found.push(`${name.textContent?.slice(0, 20)}: ${over} px`);
    }
    return found;
  });
}

/** Every place of the page that shows a name or an address. */
async function everywhere(visitor: Visitor, look: (where: string) => Promise<void>): Promise<void> {
  const { page, dialog } = visitor;
  const { key, mask, keyId } = await world.stack.createKey(SECOND_ADMIN, "Okta");
  expect(await world.stack.suspendWith(key, MEMBER)).toBe(200);
  await world.stack.as(ADMIN, "/admin/v1/accounts/unsuspend", { accounts: [MEMBER] });
  await visitor.signIn(ADMIN);
  await visitor.text("You are a Company Administrator of").waitFor();
  await look("home");
  await page.getByRole("button", { name: /^Account: / }).click();
  await visitor.button("Sign out").waitFor();
  await look("account menu");
  await visitor.open("/dashboard/api-keys?state=all");
  await visitor.text(mask).waitFor();
  await look("API keys");
  await visitor.open("/dashboard/find-key");
  await page.getByLabel("API key", { exact: true }).fill(key);
  await visitor.button("Find key").click();
  await visitor.text("This key works").waitFor();
  await look("find key");
  await page.goBack();
  await visitor.text(mask).waitFor();
  // The new secret is the second administrator's, so that the dialog shows an address.
  const { key: secret } = await world.stack.as<{ key: string }>(
    SECOND_ADMIN,
    `/admin/v1/api-keys/${keyId}/rotate`,
    {},
  );
  await visitor.button("Refresh").click();
  await visitor.text("New secret not used yet").waitFor();
  await look("API keys, during a rotation");
  for (const step of ["Rotate again", "Complete rotation", "Cancel rotation"]) {
    await page.getByRole("button", { name: new RegExp(`^${step}: .*, ${mask}$`, "s") }).click();
    await dialog.waitFor();
    await look(step.toLowerCase());
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }
  await page.getByRole("button", { name: new RegExp(`^Rotate again: .*, ${mask}$`, "s") }).click();
  await visitor.inDialog("Replace").click();
  await dialog.getByText("This secret is shown only now").waitFor();
  const newest = await dialog.getByRole("textbox").inputValue();
  expect(newest).not.toBe(secret);
  await look("rotated");
  await visitor.inDialog("Close").click();
  await visitor.inDialog("Close without copying").click();
  // The list is read again, and only then cancels the newest secret.
  await visitor.text(`${newest.slice(0, 4)}…${newest.slice(-4)}`).waitFor();
  await page.getByRole("button", { name: new RegExp(`^Cancel rotation: .*, ${mask}$`, "s") }).click();
  await visitor.inDialog("Cancel rotation").click();
  await visitor.text("no longer works").waitFor();
  await look("canceled");
  await visitor.open(`/dashboard/api-keys/${keyId}`);
  await visitor.text("created the API key").waitFor();
  await look("key page");
  for (const name of ["Edit", "Hold"]) {
    await visitor.button(name).click();
    await dialog.waitFor();
    await look(`key page, ${name.toLowerCase()}`);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }
  await visitor.open("/dashboard/key-policy");
  await page.getByRole("checkbox", { name: "Keys must expire" }).check();
  await visitor.button("Review and save").click();
  await dialog.getByText("will break this policy").waitFor();
  await look("key policy, asked");
  await visitor.inDialog("Save").click();
  await visitor.text("The key policy is saved").waitFor();
  await look("key policy, saved");
  await page.getByRole("checkbox", { name: "Keys must expire" }).uncheck();
  await visitor.button("Review and save").click();
  await visitor.inDialog("Save").click();
  await dialog.waitFor({ state: "detached" });
  await visitor.open("/dashboard/api-keys?state=all");
  await page.getByRole("button", { name: new RegExp(`^Revoke API Key .*, ${mask}$`, "s") }).click();
  await dialog.getByLabel("First four characters").fill(key.slice(0, 4));
  await dialog.getByLabel("Last four characters").fill(key.slice(-4));
  await look("revoke");
  await visitor.inDialog("Revoke API Key").click();
  await visitor.text("It can no longer be used").waitFor();
  await visitor.text(/^Revoked$/).waitFor();
  await look("revoked");
  await visitor.button("Create API Key").first().click();
  await dialog.getByLabel("Name").fill("Nightly");
  await visitor.inDialog("Create API Key").click();
  await dialog.getByText("This API key is shown only now").waitFor();
  await look("created");
  await visitor.open("/dashboard/members");
  await visitor.text(SECOND_ADMIN).waitFor();
  await look("members");
  await world.stack.createKey(SECOND_ADMIN, "Second");
  // The checkboxes are checked from the top down, because the table's sticky header may cover a row that is scrolled up.
  await page.getByRole("checkbox", { name: MEMBER }).check({ force: true });
  await page.getByRole("checkbox", { name: SECOND_ADMIN }).check({ force: true });
  await visitor.button("Suspend").click();
  await dialog.getByText("Afterwards you can revoke these").waitFor();
  await look("suspend");
  await visitor.open("/dashboard/members/many");
  await page
    .getByRole("textbox", { name: "Email addresses or account IDs" })
    .fill(`${MEMBER}\nnobody@acme.example\n${LONG} x`);
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
  await look("activity");
  await visitor.open(`/dashboard/activity?involving=${keyId}`);
  await visitor.text("created the API key").waitFor();
  await look("activity of a key");
}

test("names and addresses are isolated everywhere", async () => {
  const visitor = await world.visit();
  let next = 0;
  await rename(visitor, () => NAMES[next++ % NAMES.length] ?? "");
  const found: string[] = [];
  let names = 0;
  await everywhere(visitor, async (where) => {
    for (const what of await exposed(visitor)) found.push(`${where}: ${what}`);
    names += await visitor.page.locator("bdi").filter({ hasText: MARK }).count();
  });
  expect([...new Set(found)]).toEqual([]);
  expect(names).toBeGreaterThan(50);
});

for (const { colorScheme, width } of [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 320 },
  { colorScheme: "dark", width: 320 },
] as const) {
  test.describe(`${colorScheme}, ${width} px`, () => {
    test("a name of 256 characters fits in every place", async () => {
      const visitor = await world.visit({ colorScheme, viewport: { width, height: 800 } });
      // In light the person has the long name, in dark the company.
      let next = colorScheme === "light" ? 0 : 1;
      await rename(visitor, () => (next++ % 2 ? (NAMES[0] ?? "") : LONG));
      const found: string[] = [];
      const folder = process.env.SCREENSHOTS;
      await everywhere(visitor, async (where) => {
        for (const what of await tooWide(visitor)) found.push(`${where}: ${what}`);
        const path = `${folder}/names, ${where} ${colorScheme} ${width}.png`;
        if (folder) await visitor.page.screenshot({ path });
      });
      expect(found).toEqual([]);
    });
  });
}
