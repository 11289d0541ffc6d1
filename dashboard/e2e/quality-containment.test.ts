import { expect, test } from "@playwright/test";
import { isolated } from "../src/common/outside";
import { startStack } from "./fixture";
import { ADMIN, heightOf, type Visitor } from "./world";

const world = startStack();

// A trace would keep the whole page at every look. An error names its place and its element anyway.
test.use({ trace: "off" });

const KEYS = "/admin/v1/api-keys";
const WIDTHS = [320, 720, 1024, 1280, 1600];
/** The longest name, which can't be broken into lines, and one from right to left. */
const LONG = "W".repeat(100);
const HEBREW = "עדה לאבלייס";
const TODAY = new Date().toISOString().slice(0, 10);

/** The longest network, and many others, of which a list admits some. */
const NETWORKS = [
  { network: "2001:db8:85a3::/48", requests: 123_456, lastSeenOn: TODAY, outcome: "refused" },
  { network: "203.0.113.0/24", requests: 4_000, lastSeenOn: TODAY, outcome: "undecided" },
  ...Array.from({ length: 20 }, (_, i) => ({
    network: `198.51.${100 + i}.0/24`,
    requests: 300 - i,
    lastSeenOn: TODAY,
    outcome: "admitted",
  })),
];
const TRIAL = { requests: 130_000, refused: 123_456, undecided: 4_007, networks: NETWORKS };
const RANGES = [
  ...Array.from({ length: 19 }, (_, i) => `198.51.${100 + i}.0/24`),
  "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128",
];

/** What no test can make: a key that was used from everywhere and has reached its limit. */
const CONTAINED = {
  networks: { mode: "report", ranges: RANGES },
  networksTrial: TRIAL,
  seen: {
    since: TODAY,
    requests: 130_000,
    otherRequests: 7,
    networks: NETWORKS.map(({ network, requests, lastSeenOn }) => ({ network, requests, lastSeenOn })),
  },
  suspensionLimit: 1000,
  suspensionsPerHour: 1000,
  suspensionsThisHour: 1000,
  /** The time of the response, because in the next hour the key can suspend accounts again. */
  get suspensionLimitReachedAt() {
    return new Date().toISOString();
  },
};

const AT = new Date().toISOString();
const SUSPENSIONS = [
  {
    email: `${"a".repeat(64)}@acme.example`,
    name: LONG,
    alsoBy: [{ type: "apiKey", id: "k", name: LONG, at: AT }],
  },
  {
    email: "ada@acme.example",
    name: HEBREW,
    alsoBy: [{ type: "account", id: "x", name: HEBREW, at: AT }],
    others: true,
  },
  { email: "grace@acme.example", name: "Grace", state: "unsuspended", undo: "nothing" },
  { email: "linus@acme.example" },
  ...Array.from({ length: 70 }, (_, i) => ({ email: `member-${i}@acme.example`, name: `Member ${i}` })),
  { email: "gone@acme.example", name: HEBREW, state: "deleted", undo: "nothing", action: "DELETE_ACCOUNT" },
  { email: `${"b".repeat(64)}@acme.example`, name: LONG, state: "deleted", undo: "nothing" },
].map((part, i) => ({
  eventId: `event-${i}`,
  at: AT,
  action: "SUSPEND_ACCOUNT",
  accountId: `account-${i}`,
  state: "suspended",
  undo: "alsoBy" in part ? "stays-suspended" : "unsuspends",
  alsoBy: [],
  ...part,
}));

/** Replaces what no test can make: everything about this key. */
async function pretend(visitor: Visitor, keyId: string): Promise<void> {
  const { page } = visitor;
  await page.route(`**${KEYS}/${keyId}`, async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch();
    return route.fulfill({ response, json: { ...((await response.json()) as object), ...CONTAINED } });
  });
  await page.route(/\/admin\/v1\/api-keys(\?|$)/, async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch();
    const json = (await response.json()) as { apiKeys: { keyId: string }[] };
    const { suspensionLimitReachedAt } = CONTAINED;
    for (const key of json.apiKeys) if (key.keyId === keyId) Object.assign(key, { suspensionLimitReachedAt });
    return route.fulfill({ response, json });
  });
  await page.route(`**${KEYS}/${keyId}/try-networks`, (route) => route.fulfill({ json: TRIAL }));
  await page.route(`**${KEYS}/${keyId}/suspensions?*`, (route) =>
    route.fulfill({ json: { suspensions: SUSPENSIONS } }),
  );
  await page.route(`**${KEYS}/${keyId}/undo-suspensions`, (route) => {
    const { accounts } = route.request().postDataJSON() as { accounts: string[] };
    const results = accounts.map((accountId, i) =>
      i === 3
        ? {
            outcome: "refused",
            problem: { type: "urn:x:not-found", title: "Not found", status: 404, detail: LONG },
          }
        : {
            outcome: "changed",
            account: {
              accountId,
              email: "",
              name: "",
              role: "member",
              state: i < 2 ? "suspended" : "active",
            },
          },
    );
    return route.fulfill({ json: { undoId: "01KGBA9QC0K5N7R8T1V3X5Z7B9", results } });
  });
}

/** A height at which no dialog scrolls. axe takes labels that are scrolled out of the window for hidden ones. */
const TALL = 2_400;

/** Shows everything about how much harm a key can do. */
async function everywhere(
  visitor: Visitor,
  look: (where: string, height?: number) => Promise<void>,
): Promise<void> {
  const { page } = visitor;
  const scopes = ["deprovisioning", "scim", "audit-log"];
  const { keyId } = await world.stack.as<{ keyId: string }>(ADMIN, KEYS, { name: LONG, scopes });
  await pretend(visitor, keyId);
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.text("A key reached its suspension limit").waitFor();
  await look("contained, list");
  await visitor.open(`/dashboard/api-keys/${keyId}`);
  await visitor.text("This key reached its suspension limit").waitFor();
  await visitor.scrollTo(visitor.button("Edit networks"));
  await look("contained, key page");
  await visitor.button("Show all 22 networks").click();
  await visitor.scrollTo(visitor.button("Edit suspension limit"));
  await look("contained, limit");
  await visitor.button("Edit networks").click();
  await visitor.dialog.getByLabel("Addresses and ranges").fill(`${RANGES.join("\n")}\n10.0.0.1/8`);
  await visitor.inDialog("Review").click();
  await visitor.dialog.getByText("Line 21").waitFor();
  await look("contained, networks, with a mistake");
  await visitor.dialog.getByLabel("Addresses and ranges").fill(RANGES.slice(1).join("\n"));
  await visitor.dialog.getByRole("radio", { name: "Only the networks on a list" }).check();
  await visitor.inDialog("Review").click();
  await visitor.dialog.getByText("This list would have refused").waitFor();
  await look("contained, networks, review");
  await page.keyboard.press("Escape");
  await page
    .getByRole("dialog", { name: "Discard this form?" })
    .getByRole("button", { name: "Discard" })
    .click();
  await visitor.dialog.waitFor({ state: "detached" });
  await visitor.button("Edit suspension limit").click();
  await visitor.dialog.getByLabel("Accounts an hour").fill("0");
  await visitor.inDialog("Save").click();
  await visitor.dialog.getByText("Enter a whole number of accounts").waitFor();
  await look("contained, edit limit");
  await visitor.inDialog("Cancel").click();
  await visitor.button("Release").click();
  await visitor.dialog.getByText("Counting begins anew").waitFor();
  await look("contained, release");
  await visitor.inDialog("Cancel").click();

  await visitor.open(`/dashboard/api-keys/${keyId}/undo`);
  await visitor.text("73 accounts of 73 that can be undone are chosen.").waitFor();
  await page.getByRole("checkbox", { name: isolated("linus@acme.example") }).uncheck({ force: true });
  await look("undo, preview");
  await visitor.scrollTo(page.getByRole("list", { name: "Deleted accounts" }));
  await look("undo, deleted");
  await visitor.button("Undo 72 suspensions").click();
  await visitor.dialog.getByText("will be unsuspended").waitFor();
  await look("undo, asked");
  await visitor.inDialog("Undo").click();
  await visitor.text("72 of 72 done").waitFor();
  await look("undo, done");
  await visitor.open("/dashboard/api-keys");
  await visitor.text("Undoing what a key suspended: 72 of 72 done").waitFor();
  await look("undo, elsewhere");
  await visitor.button("Dismiss").click();

  await visitor.button("Create API Key").first().click();
  await visitor.dialog.getByRole("button", { name: "Networks and suspension limit" }).click();
  await visitor.dialog.getByRole("radio", { name: "Only the networks on a list" }).check();
  await visitor.scope("SCIM API").check();
  await visitor.dialog.getByRole("radio", { name: "A number for this key" }).check();
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("Enter at least one address or range.").waitFor();
  await look("contained, create", TALL);
  await visitor.open("/dashboard/key-policy");
  const limits = page.getByRole("checkbox", { name: "Limit how many accounts a key can suspend" });
  await limits.uncheck();
  await page.getByRole("checkbox", { name: "Keys must have a list of networks" }).check();
  await visitor.button("Review and save").click();
  await visitor.dialog.getByText("Keys can then suspend any number of accounts").waitFor();
  await look("contained, policy, asked");
  await visitor.inDialog("Back").click();
  await limits.check();
  await visitor.scrollTo(page.getByLabel("Accounts an hour"));
  await look("contained, policy");
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`${colorScheme}: axe finds no errors about networks, limits and undoing, and nothing is wider than the window`, async () => {
    test.setTimeout(400_000);
    const visitor = await world.visit({ colorScheme });
    const found: string[] = [];
    const folder = process.env.SCREENSHOTS;
    await everywhere(visitor, async (where, height) => {
      for (const width of WIDTHS) {
        await visitor.page.setViewportSize({ width, height: height ?? heightOf(width) });
        // Tables become cards.
        await visitor.page.mouse.move(0, 0);
        await visitor.page.waitForTimeout(150);
        for (const violation of await visitor.violations()) found.push(`${where}, ${width} px: ${violation}`);
        const beyond = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (beyond > 0) found.push(`${where}: ${beyond} px beyond a window of ${width} px`);
        if (folder) await visitor.page.screenshot({ path: `${folder}/${where} ${colorScheme} ${width}.png` });
      }
      await visitor.page.setViewportSize({ width: 1280, height: 900 });
    });
    expect(found).toEqual([]);
  });
}
