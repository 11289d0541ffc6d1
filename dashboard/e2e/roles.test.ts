import { expect, test } from "@playwright/test";
import { isolated } from "../src/common/outside";
import { startStack } from "./fixture";
import { BASIC_ADMIN, MEMBER, type Visitor } from "./world";

const world = startStack();

/** The paths of the requests that a page makes from now on. */
function requestsOf(visitor: Visitor): string[] {
  const asked: string[] = [];
  visitor.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  return asked;
}

/** Sees that the home page neither shows nor reads which keys need attention. */
async function expectNoAttention(visitor: Visitor, asked: readonly string[]): Promise<void> {
  await visitor.page.waitForLoadState("networkidle");
  expect(await visitor.text("Needs attention").count()).toBe(0);
  expect(asked).toContain("/admin/v1/me");
  expect(asked).not.toContain("/admin/v1/api-keys");
  expect(asked).not.toContain("/admin/v1/audit-log");
}

test("a member sees the home page, and the dashboard says why they can't use it", async () => {
  const visitor = await world.visit();
  const asked = requestsOf(visitor);
  await visitor.signIn(MEMBER);
  await visitor.text(`You are signed in as ${MEMBER}`).waitFor();
  await expectNoAttention(visitor, asked);
  await visitor.button(`Account: ${isolated(MEMBER)}`).click();
  await visitor.button("Sign out").waitFor();
  expect(await visitor.page.getByRole("link", { name: "Company Dashboard" }).count()).toBe(0);
  await visitor.open("/dashboard/api-keys");
  await visitor.text("Only Company Administrators can use the Company Dashboard").waitFor();
  await visitor.text("Ask one of your Company Administrators").waitFor();
});

test("without the Enterprise plan, the pages say why and what to do", async () => {
  const visitor = await world.visit();
  await visitor.signIn(BASIC_ADMIN, "/dashboard/api-keys");
  await visitor.text("API Keys are part of the Enterprise plan").waitFor();
  await visitor.text("ask your account manager").waitFor();
  expect(await visitor.button("Create API Key").count()).toBe(0);
  await visitor.page.getByRole("link", { name: "Members" }).click();
  await visitor.text("Members are part of the Enterprise plan").waitFor();
  const asked = requestsOf(visitor);
  await visitor.open("/");
  await visitor.text("You are a Company Administrator of Basic").waitFor();
  await expectNoAttention(visitor, asked);
  expect(visitor.complaints).toEqual([]);
});

test("a company that left the Enterprise plan can revoke its existing keys", async () => {
  const plan = (plan: string) =>
    world.stack.provision({ operation: "change-plan", companyId: "basic", plan });
  await plan("enterprise");
  const { key } = await world.stack.createKey(BASIC_ADMIN, "Frozen");
  await plan("team");
  const visitor = await world.visit();
  await visitor.signIn(BASIC_ADMIN, "/dashboard/api-keys");
  await visitor.text("API Keys are part of the Enterprise plan").waitFor();
  await visitor
    .row("Frozen")
    .getByRole("button", { name: /^Revoke API Key/ })
    .click();
  await visitor.dialog.getByLabel("First four characters").fill(key.slice(0, 4));
  await visitor.dialog.getByLabel("Last four characters").fill(key.slice(-4));
  await visitor.inDialog("Revoke API Key").click();
  await visitor.text("API key Frozen is revoked").waitFor();
});

test("an address that doesn't exist is not found, and leads home", async () => {
  const visitor = await world.visit();
  await visitor.signIn(MEMBER, "/nowhere");
  await visitor.text("Page not found").waitFor();
  await visitor.button("Go home").click();
  await visitor.text("You are signed in as").waitFor();
});

test("if a part of the page can't be loaded, the page says so and can be reloaded", async () => {
  const visitor = await world.visit();
  let loads = false;
  await visitor.page.route(/\/assets\/page-.*\.js$/, (route) => (loads ? route.fallback() : route.abort()));
  await visitor.signIn(BASIC_ADMIN, "/dashboard/api-keys");
  await visitor.text("This page can't be loaded").waitFor();
  loads = true;
  await visitor.button("Try again").click();
  await visitor.text("API Keys are part of the Enterprise plan").waitFor();
});

test("if the service doesn't respond, the page says so and tries again when asked", async () => {
  const visitor = await world.visit();
  await visitor.page.clock.install();
  let answers = false;
  await visitor.page.route("**/admin/v1/me", (route) => (answers ? route.fallback() : route.abort()));
  await visitor.signIn(BASIC_ADMIN);
  await expect
    .poll(async () => {
      await visitor.page.clock.fastForward(5_000);
      return visitor.text("The service did not respond").count();
    })
    .toBe(1);
  answers = true;
  await visitor.button("Try again").click();
  await visitor.text("You are a Company Administrator of Basic").waitFor();
});
