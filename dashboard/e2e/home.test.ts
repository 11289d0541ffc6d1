import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { answer, attention, events, expiredKeys, inDays, needyKeys } from "./needy";
import { ADMIN, MEMBER, type Visitor } from "./world";

const world = startStack();
const KEYS = "/admin/v1/api-keys";

function row(visitor: Visitor, name: string) {
  return attention(visitor).getByRole("listitem").filter({ hasText: name });
}

/** Follows the step of a key. */
async function step(visitor: Visitor, name: string): Promise<void> {
  await row(visitor, name).getByRole("link").last().click();
}

/** How far down the cards are. */
async function cardsTop(visitor: Visitor): Promise<number> {
  return (await visitor.button("Manage API keys").boundingBox())?.y ?? NaN;
}

test("the home page names the keys that need attention, and the step of each mends it", async () => {
  const { stack } = world;
  const visitor = await world.visit();
  await visitor.signIn(ADMIN);
  await visitor.text("Nothing needs your attention.").waitFor();

  const scopes = ["deprovisioning"];
  const held = await stack.createKey(ADMIN, "Kept");
  await stack.as(ADMIN, `${KEYS}/${held.keyId}/hold`, {});
  await stack.as(ADMIN, KEYS, { name: "Ending", scopes, expiresAt: inDays(5) });
  const ended = await stack.createKey(ADMIN, "Ended");
  const characters = { firstFour: ended.key.slice(0, 4), lastFour: ended.key.slice(-4) };
  await stack.as(ADMIN, `${KEYS}/${ended.keyId}/revoke`, characters);
  expect(await stack.suspendWith(ended.key, MEMBER)).toBe(401);
  const exposed = await stack.createKey(ADMIN, "Exposed");
  await fetch(`${stack.api}/enterprise/v1/accounts/x?key=${exposed.key}`);
  const found = await stack.createKey(ADMIN, "Found");
  const url = "https://pastes.example/1";
  await fetch(`${stack.api}/leaks/v1/revoke`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ keys: [found.key], url }),
  });
  await stack.createKey(ADMIN, "Calm");

  // The log is complete up to some seconds ago.
  await expect(async () => {
    await visitor.open("/");
    await expect(row(visitor, "Ended")).toBeVisible({ timeout: 1_500 });
    await expect(row(visitor, "Exposed")).toBeVisible({ timeout: 1 });
    await expect(row(visitor, "Found")).toBeVisible({ timeout: 1 });
  }).toPass({ timeout: 30_000 });
  const names = await attention(visitor)
    .getByRole("listitem")
    .getByRole("link")
    .locator("bdi")
    .allInnerTexts();
  expect(names).toEqual(["Exposed", "Found", "Kept", "Ended", "Ending"]);

  await row(visitor, "Found").getByText(url).waitFor();
  await step(visitor, "Found");
  await visitor.dialog.getByText("Create API Key").first().waitFor();
  expect(await visitor.dialog.getByLabel("Name").inputValue()).toBe("Found");
  await visitor.inDialog("Cancel").click();
  await visitor.dialog.waitFor({ state: "detached" });
  await visitor.page.goBack();

  await row(visitor, "Ended").getByText("after its end, 1 time.").waitFor();
  await step(visitor, "Ended");
  await visitor.page.waitForURL(/\/dashboard\/activity\?action=USE_REVOKED_API_KEY&involving=/);
  await visitor.text("although the key is revoked").waitFor();
  await visitor.page.goBack();

  await step(visitor, "Ending");
  await visitor.dialog.getByText("Rotate API Key").first().waitFor();
  expect(visitor.page.url()).not.toContain("step=");
  await visitor.inDialog("Cancel").click();
  await visitor.dialog.waitFor({ state: "detached" });
  await visitor.page.goBack();

  await step(visitor, "Kept");
  await visitor.inDialog("Release API Key").click();
  await visitor.text("API key Kept is released").waitFor();
  // The address asked for one dialog only.
  await visitor.button("Hold").click();
  await visitor.inDialog("Hold API Key").click();
  await visitor.text("API key Kept is held").waitFor();
  await visitor.dialog.waitFor({ state: "detached" });
  await visitor.button("Release").first().click();
  await visitor.inDialog("Release API Key").click();
  await visitor.text("This key is held").waitFor({ state: "detached" });
  await visitor.open("/");
  await row(visitor, "Ending").waitFor();
  expect(await row(visitor, "Kept").count()).toBe(0);
  expect(visitor.complaints).toEqual([]);
});

test("every kind of matter is told, the most urgent ten keys first", async () => {
  const visitor = await world.visit();
  const { keyId } = await world.stack.createKey(ADMIN, "Late");
  const expired = () => expiredKeys().map((key, i) => (i === 0 ? { ...key, keyId } : key));
  await answer(visitor, { active: needyKeys, expired, events });
  await visitor.signIn(ADMIN);
  const rows = attention(visitor).getByRole("listitem");
  await expect(rows).toHaveCount(10);
  const told = await rows.evaluateAll((rows) =>
    rows.map((row) => {
      const links = [...row.querySelectorAll("a")];
      return `${links[0]?.textContent}: ${links[1]?.textContent} ${links[1]?.getAttribute("href")}`;
    }),
  );
  const page = (id: string) => `/dashboard/api-keys/01${id.toUpperCase()}`;
  expect(told.map((text) => text.replace(/since=.*/, "since="))).toEqual([
    `Key leaked: Revoke ${page("leaked")}?step=revoke`,
    `Key broken: Revoke ${page("broken")}?step=revoke`,
    `Key exposed: Rotate ${page("exposed")}?step=rotate`,
    `Key braked: See what it suspended ${page("braked")}/undo?since=`,
    `Key found: Create replacement ${page("found")}?step=replace`,
    `Key held: Release ${page("held")}?step=release`,
    `Key late: Create replacement /dashboard/api-keys/${keyId}?step=replace`,
    "Key gone: See from where /dashboard/activity?action=USE_REVOKED_API_KEY&involving=01GONE",
    `Key soon: Rotate ${page("soon")}?step=rotate`,
    `Key willhold: Edit networks ${page("willhold")}?step=networks`,
  ]);
  await row(visitor, "Key gone").getByText("after its end, 42 times.").waitFor();
  // A key has one row, with everything that is the matter with it.
  await row(visitor, "Key leaked").getByText("Nobody has used the key for 90 days.").waitFor();
  expect(await visitor.text("Key calm").count()).toBe(0);
  expect(await visitor.text("Key old").count()).toBe(0);
  expect(
    await visitor.page.getByRole("link", { name: "6 more keys need attention" }).getAttribute("href"),
  ).toBe("/dashboard/api-keys");
  await step(visitor, "Key late");
  await visitor.dialog.getByText("Create API Key").first().waitFor();
  expect(await visitor.dialog.getByLabel("Name").inputValue()).toBe("Late");
});

test("a read that fails or is slow hides nothing that was read, and nothing moves", async () => {
  const visitor = await world.visit();
  let isBroken = false;
  let isNeedy = false;
  let go: () => void = () => undefined;
  let wait: Promise<void> | undefined;
  const hold = () => {
    wait = new Promise((resolve) => (go = resolve));
  };
  const release = () => {
    wait = undefined;
    go();
  };
  await answer(visitor, {
    active: async () => {
      await wait;
      return isBroken ? undefined : isNeedy ? needyKeys() : [];
    },
    expired: () => [],
    events: () => (isBroken ? undefined : isNeedy ? events().slice(1) : []),
  });
  const looking = visitor.text("Looking at your keys…");
  const stillLooking = visitor.text("Still looking at active keys…");
  const nothing = visitor.text("Nothing needs your attention.");
  hold();
  await visitor.signIn(ADMIN);
  await looking.waitFor();
  const top = await cardsTop(visitor);
  release();
  await nothing.waitFor();
  await expect.poll(() => cardsTop(visitor)).toBeCloseTo(top, 0);

  isNeedy = true;
  hold();
  await visitor.page.reload();
  await looking.waitFor();
  expect(await attention(visitor).count()).toBe(0);
  await stillLooking.waitFor();
  await row(visitor, "Key gone").waitFor();
  release();
  await stillLooking.waitFor({ state: "detached" });
  await row(visitor, "Key leaked").waitFor();
  const lower = await cardsTop(visitor);
  expect(lower).toBeGreaterThan(top + 200);

  // What is read again takes the room that it had.
  hold();
  await visitor.page.reload();
  await looking.waitFor();
  await expect.poll(() => cardsTop(visitor)).toBeCloseTo(lower, 0);
  release();
  await row(visitor, "Key leaked").waitFor();
  expect(await cardsTop(visitor)).toBeCloseTo(lower, 0);

  isBroken = true;
  await visitor.page.reload();
  const failed = visitor.text("active keys and events about keys can't be read");
  await failed.waitFor();
  expect(await nothing.count()).toBe(0);
  await visitor.button("Manage API keys").waitFor();
  isBroken = false;
  await visitor.button("Try again").click();
  await failed.waitFor({ state: "detached" });
  await row(visitor, "Key gone").waitFor();
  await row(visitor, "Key leaked").waitFor();
});

test("lists that are too long to be read say so, and what they have is found", async () => {
  const visitor = await world.visit();
  let requests = 0;
  await answer(visitor, { active: () => [] });
  await visitor.page.route(/\/admin\/v1\/api-keys\?state=expired/, (route) => {
    requests += 1;
    // The key that expired yesterday is the oldest one.
    const apiKeys = requests % 10 === 0 ? expiredKeys() : [];
    return route.fulfill({ json: { apiKeys, activeKeyLimit: 50, nextToken: String(requests) } });
  });
  await visitor.page.route(/\/admin\/v1\/audit-log\?/, (route) =>
    route.fulfill({ json: { data: [], nextToken: "more" } }),
  );
  await visitor.signIn(ADMIN);
  await row(visitor, "Key late").waitFor();
  await visitor.text("There are more expired keys than it reads.").waitFor();
  await visitor.text("The activity of the last 7 days is longer than it reads.").waitFor();
  expect(await visitor.text("Nothing needs your attention.").count()).toBe(0);
  await visitor.page.getByRole("link", { name: "See all these events" }).click();
  await visitor.page.waitForURL(
    /\/dashboard\/activity\?action=USE_REVOKED_API_KEY,EXPOSE_API_KEY,REVOKE_LEAKED/,
  );
});
