import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { answer, attention, events, needyKeys } from "./needy";
import { ADMIN, heightOf, type Visitor } from "./world";

const world = startStack();

// A trace would keep the whole page at every look. An error names its place and its element anyway.
test.use({ trace: "off" });

const WIDTHS = [320, 1024, 1280, 1600];
/** The longest name, which can't be broken into lines, and one from right to left. */
const LONG = "W".repeat(100);
const HEBREW = "עדה לאבלייס";

/** Shows the home page and the page of notifications, with the longest texts. */
async function everywhere(visitor: Visitor, look: (where: string) => Promise<void>): Promise<void> {
  const { page } = visitor;
  let isFull = false;
  const rename = <T extends { name: string }>(keys: T[]) =>
    keys.map((key, i) => ({ ...key, name: [LONG, HEBREW][i % 4] ?? key.name }));
  await answer(visitor, {
    active: () =>
      isFull
        ? rename(needyKeys()).map((key) =>
            key.createdBy.suspended
              ? { ...key, createdBy: { ...key.createdBy, email: `${"a".repeat(64)}@acme.example` } }
              : key,
          )
        : [],
    // A failure is told below the rows.
    expired: () => (isFull ? undefined : []),
    events: () => (isFull ? events() : []),
  });
  await page.route("**/admin/v1/notifications", async (route) => {
    if (route.request().method() === "PUT") {
      const title = "Internal error";
      const type = "urn:company-api-keys:problem:internal-error";
      return route.fulfill({ status: 500, json: { type, title, detail: title, status: 500 } });
    }
    const response = await route.fetch();
    return route.fulfill({
      response,
      json: { ...((await response.json()) as object), mail: { sent: false } },
    });
  });
  await visitor.signIn(ADMIN);
  await visitor.text("Nothing needs your attention.").waitFor();
  await look("home, nothing");
  isFull = true;
  await visitor.open("/");
  await attention(visitor).getByRole("listitem").nth(9).waitFor();
  await visitor.text("expired keys can't be read").waitFor();
  await look("home, attention");
  await visitor.open("/dashboard/notifications");
  await page.getByRole("checkbox", { name: "A key is not used" }).check();
  await visitor.button("Save").click();
  await visitor.text("Your notifications may or may not be saved").waitFor();
  await look("notifications");
}

test("axe finds no errors about notices, and nothing is wider than the window", async () => {
  const visitor = await world.visit();
  const { page } = visitor;
  const found: string[] = [];
  const folder = process.env.SCREENSHOTS;
  await everywhere(visitor, async (where) => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: heightOf(width) });
        await page.waitForTimeout(100);
        const here = `${where}, ${colorScheme}, ${width} px`;
        for (const violation of await visitor.violations()) found.push(`${here}: ${violation}`);
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (beyond > 0) found.push(`${here}: ${beyond} px beyond the window`);
        if (folder) await page.screenshot({ path: `${folder}/${here}.png`, fullPage: true });
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });
  expect(found).toEqual([]);
});
