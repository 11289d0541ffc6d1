import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, MEMBER, SECOND_ADMIN, type Visitor } from "./world";

const world = startStack();

/** A name with the maximum length, which can't be broken into lines. */
const LONG = "W".repeat(256);

/** Replaces some names and addresses in the API's responses by the longest possible ones. */
async function withLongValues(visitor: Visitor): Promise<void> {
  await visitor.page.route(/\/admin\/v1\/(api-keys|accounts|audit-log)/, async (route) => {
    const response = await route.fetch();
    const long = (name: string, value: unknown) => {
      if (name === "name" && /Long|Member 1$/.test(String(value))) return LONG;
      if (name === "email" && value === MEMBER) return `${LONG.slice(20)}@acme.example`;
      return name === "ip" ? "2001:0db8:85a3:0000:0000:8a2e:0370:7334" : value;
    };
    await route.fulfill({ response, body: JSON.stringify(JSON.parse(await response.text(), long)) });
  });
}

/** Whether the page is wider than the window, or a table is wider than its container. */
function tooWide(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() => {
    const found: string[] = [];
    const beyond = document.documentElement.scrollWidth - innerWidth;
    if (beyond > 0) found.push(`the page by ${beyond} px`);
    for (const table of document.querySelectorAll("main table, [class*=cards]")) {
      for (let place = table.parentElement; place; place = place.parentElement) {
        const over = place.scrollWidth - place.clientWidth;
        const scrolls = getComputedStyle(place).overflowX === "auto";
        if (scrolls && over > 0) found.push(`a table by ${over} px`);
      }
    }
    return found;
  });
}

/** The height of the highest row. */
function highest(visitor: Visitor): Promise<number> {
  return visitor.page.evaluate(() =>
    Math.max(...[...document.querySelectorAll("tbody tr")].map((row) => row.clientHeight)),
  );
}

const WIDTHS = [320, 720, 1024, 1280, 1600];

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test("tables show the important columns without scrolling sideways, even with long values", async () => {
      const scopes = ["deprovisioning", "scim", "audit-log"];
      for (const name of ["Long", "Nightly offboarding"]) {
        const created = await world.stack.as<{ keyId: string }>(ADMIN, "/admin/v1/api-keys", {
          name,
          scopes,
        });
        // During a rotation, a row shows two secrets and has the most actions.
        await world.stack.as(ADMIN, `/admin/v1/api-keys/${created.keyId}/rotate`, {});
      }
      const { key, keyId } = await world.stack.createKey(SECOND_ADMIN, "Long, revoked");
      expect(await world.stack.suspendWith(key, MEMBER)).toBe(200);
      const characters = { firstFour: key.slice(0, 4), lastFour: key.slice(-4) };
      await world.stack.as(ADMIN, `/admin/v1/api-keys/${keyId}/revoke`, characters);
      const visitor = await world.visit({ colorScheme });
      await withLongValues(visitor);
      await visitor.signIn(ADMIN);
      const found: string[] = [];
      const folder = process.env.SCREENSHOTS;
      for (const width of WIDTHS) {
        await visitor.page.setViewportSize({ width, height: 900 });
        for (const [place, what] of [
          [
            "api-keys",
            ["Nightly offboarding", "Expires", "Last used", /^\w{4}…\w{4}$/, "Deprovisioning API"],
          ],
          ["api-keys?state=all", ["Nightly offboarding", "Expires", "Last used", "State", "Revoked"]],
          ["members", [SECOND_ADMIN, "Second admin", "State", "Company Administrator", "Suspended"]],
          ["activity", [/created the API key/, "2001:0db8:85a3:0000:0000:8a2e:0370:7334"]],
        ] as const) {
          await visitor.open(`/dashboard/${place}`);
          for (const text of what) {
            const shown = visitor.page.locator("table, [class*=cards]").getByText(text).first();
            await shown.waitFor({ state: "attached" });
            await visitor.scrollTo(shown);
            const box = await shown.boundingBox();
            const right = (box?.x ?? 0) + (box?.width ?? 0);
            if (!box || box.width < 2 || right > width)
              found.push(`${place}, ${width} px: ${text} is not visible`);
          }
          for (const wide of await tooWide(visitor)) found.push(`${place}, ${width} px: ${wide}`);
          if (width >= 700 && (await highest(visitor)) > 330) {
            found.push(`${place}, ${width} px: a row of ${await highest(visitor)} px`);
          }
          const name = `${place.replace("?", " ")} ${width} ${colorScheme}`;
          await visitor.page.evaluate(() => window.scrollTo(0, 0));
          if (folder) await visitor.page.screenshot({ path: `${folder}/${name}.png` });
        }
      }
      expect(found).toEqual([]);
    });
  });
}
