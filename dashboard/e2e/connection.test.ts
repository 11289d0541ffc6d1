import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, type Visitor } from "./world";

const world = startStack();

/** The texts of lists that were read and are empty. */
const EMPTY = /No API keys? (yet|match)|No member matches|No activity|Nothing found/;

const LISTS = [
  {
    name: "API keys",
    place: "/dashboard/api-keys",
    problem: "The API keys can't be shown",
    other: "Any state",
  },
  {
    name: "members",
    place: "/dashboard/members",
    problem: "The members can't be shown",
    other: "Suspended",
  },
  {
    name: "activity",
    place: "/dashboard/activity",
    problem: "Activity can't be shown",
    other: "Last 30 days",
  },
] as const;

/** Shows another list of the same page that was not read yet. */
async function showOther(visitor: Visitor, other: string): Promise<void> {
  const label = { "Any state": /State/, Suspended: /State/, "Last 30 days": /^When/ }[other] ?? other;
  await visitor.page.getByRole("button", { name: label }).click();
  await visitor.page.getByRole("option", { name: other }).click();
}

for (const { name, place, problem, other } of LISTS) {
  test.describe(name, () => {
    test("offline, the list says that it can't be shown, and is read again when the browser is online", async () => {
      await world.stack.createKey(ADMIN, "Mine");
      const visitor = await world.visit();
      await visitor.signIn(ADMIN, place);
      await visitor.page.locator("tbody bdi").first().waitFor();
      await visitor.context.setOffline(true);
      await showOther(visitor, other);
      const said = visitor.page.getByText(EMPTY).or(visitor.page.getByText(problem)).first();
      expect(await said.innerText()).toBe(problem);
      await visitor.text("Check your connection").waitFor();
      expect(await visitor.page.getByText(EMPTY).count()).toBe(0);
      await visitor.context.setOffline(false);
      await visitor.text(problem).waitFor({ state: "detached" });
      if (other !== "Suspended") await visitor.page.locator("tbody bdi").first().waitFor();
      else await visitor.text("No member matches").waitFor();
    });
  });
}

test("a place that was not loaded before says so offline, keeps the way to others, and loads by itself", async () => {
  await world.stack.createKey(ADMIN, "Later");
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members");
  await visitor.row(ADMIN).waitFor();
  await visitor.context.setOffline(true);
  await visitor.page.getByRole("link", { name: "API Keys" }).first().click();
  await visitor.text("This page can't be loaded").waitFor();
  await visitor.page.getByRole("link", { name: "Members" }).first().click();
  await visitor.row(ADMIN).waitFor();
  await visitor.page.getByRole("link", { name: "API Keys" }).first().click();
  await visitor.text("This page can't be loaded").waitFor();
  await visitor.context.setOffline(false);
  await visitor.row("Later").waitFor();
});

test("a request that hangs counts as failed after 20 seconds, and can be tried again", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members");
  await visitor.row(ADMIN).waitFor();
  let hanging = true;
  await visitor.page.route("**/admin/v1/accounts**", (route) => (hanging ? undefined : route.continue()));
  await showOther(visitor, "Suspended");
  const begin = Date.now();
  await visitor.text("Loading members").waitFor();
  await visitor.text("The members can't be shown").waitFor();
  expect(Date.now() - begin).toBeGreaterThan(15_000);
  await visitor.text("The service took too long to respond").waitFor();
  expect(await visitor.page.getByText(EMPTY).count()).toBe(0);
  hanging = false;
  await visitor.button("Try again").click();
  await visitor.text("No member matches").waitFor();
});

test("a list stays when it can't be read again, and says that it may be out of date", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members");
  await visitor.row(ADMIN).waitFor();
  await visitor.context.setOffline(true);
  await visitor.button("Refresh").click();
  await visitor.text("This list may be out of date").waitFor();
  expect(await visitor.row(ADMIN).count()).toBe(1);
});
