import { expect, test } from "@playwright/test";
import { isolated } from "../src/common/outside";
import { startStack } from "./fixture";
import { ADMIN, SECOND_ADMIN } from "./world";

const world = startStack();

test("a link leads through the sign-in to its place, and a reload shows it again", async () => {
  const visitor = await world.visit();
  const place = "/dashboard/api-keys?owner=me&state=all";
  await visitor.open(place);
  await visitor.text("Development sign-in").waitFor();
  expect(new URL(visitor.page.url()).searchParams.get("code_challenge_method")).toBe("S256");
  await visitor.button(`${ADMIN} Company Administrator of Acme`).click();
  await visitor.page.waitForURL(world.stack.page + place);
  await visitor.text("No API key matches").waitFor();
  expect(await visitor.page.title()).toBe("API Keys · Company Dashboard");
  await visitor.page.reload();
  await visitor.text("No API key matches").waitFor();
  expect(visitor.page.url()).toBe(world.stack.page + place);
  expect(visitor.complaints).toEqual([]);
});

test("tokens are only in session storage, and removed by signing out", async () => {
  const visitor = await world.visit();
  const urls: string[] = [];
  visitor.page.on("request", (request) => urls.push(request.url()));
  await visitor.signIn(ADMIN);
  await visitor.text("Hello, Admin").waitFor();
  const stored = () =>
    visitor.page.evaluate(() => ({
      session: JSON.stringify({ ...sessionStorage }),
      local: JSON.stringify({ ...localStorage }),
      cookies: document.cookie,
    }));
  const signedIn = await stored();
  const token = /"access_token\\*":\\*"([^"\\]+)/.exec(signedIn.session)?.[1] ?? "";
  const refreshToken = /"refresh_token\\*":\\*"([^"\\]+)/.exec(signedIn.session)?.[1] ?? "";
  expect(token.split(".")).toHaveLength(3);
  expect(refreshToken).not.toBe("");
  expect([signedIn.local, signedIn.cookies]).toEqual(["{}", ""]);
  expect(urls.filter((url) => url.includes(token) || url.includes(refreshToken))).toEqual([]);

  await visitor.button(`Account: ${isolated("Admin")}`).click();
  await visitor.button("Sign out").click();
  await visitor.page.waitForURL(`${world.stack.page}/signed-out`);
  await visitor.text("You are signed out").waitFor();
  expect((await stored()).session).not.toContain("access_token");
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    client_id: "company-dashboard",
    refresh_token: refreshToken,
  });
  const renewed = await fetch(`${world.stack.api}/oauth2/token`, { method: "POST", body: form });
  expect(renewed.status).toBe(400);
  await visitor.open("/");
  await visitor.text("Development sign-in").waitFor();
});

test("the session is renewed before its 15 minutes end", async () => {
  const visitor = await world.visit();
  await visitor.page.clock.install();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.text("No API keys yet").waitFor();
  const renewal = visitor.page.waitForRequest(
    (request) =>
      request.url().endsWith("/oauth2/token") && (request.postData() ?? "").includes("refresh_token"),
  );
  await visitor.page.clock.fastForward("14:30");
  const response = await (await renewal).response();
  expect(response?.status()).toBe(200);
  const list = visitor.page.waitForResponse((response) => response.url().includes("/admin/v1/api-keys"));
  await visitor.button("Refresh").click();
  const used = (await list).request().headers().authorization ?? "";
  expect((await list).status()).toBe(200);
  const { access_token } = (await response?.json()) as { access_token: string };
  expect(used).toBe(`Bearer ${access_token}`);
});

test("a suspended person can't sign in, and the page says why and what to do", async () => {
  const { keyId, key } = await world.stack.createKey(ADMIN, "Suspender");
  expect(keyId).not.toBe("");
  expect(await world.stack.suspendWith(key, "member-5@acme.example")).toBe(200);
  const visitor = await world.visit();
  await visitor.open("/dashboard/api-keys");
  await visitor.pick("member-5@acme.example");
  await visitor.page.waitForURL(`${world.stack.page}/sign-in`);
  await visitor.text("This account is suspended").waitFor();
  await visitor.button("Use another account").click();
  await visitor.text("You are signed out").waitFor();
  await visitor.button("Sign in").click();
  await visitor.pick(ADMIN);
  await visitor.text("Hello, Admin").waitFor();
});

test("a person without an account can't sign in, and the page says why", async () => {
  const visitor = await world.visit();
  await visitor.open("/");
  await visitor.pick("stranger@acme.example");
  await visitor.text("This sign-in has no account").waitFor();
});

test("a member who is suspended while signed in is signed out at the next step, and the page says why", async () => {
  const visitor = await world.visit();
  await visitor.signIn("member-7@acme.example");
  await visitor.text("You are signed in as member-7@acme.example").waitFor();
  await world.stack.as(ADMIN, "/admin/v1/accounts/suspend", { accounts: ["member-7@acme.example"] });
  await visitor.page.getByRole("link", { name: "Home" }).first().click();
  await visitor.text("This account is suspended").waitFor();
  expect(visitor.page.url()).toBe(`${world.stack.page}/sign-in`);
});

test("an administrator who is suspended while signed in is signed out at the next action", async () => {
  const visitor = await world.visit();
  await visitor.signIn(SECOND_ADMIN, "/dashboard/api-keys");
  await visitor.button("Create API Key").first().waitFor();
  await world.stack.as(ADMIN, "/admin/v1/accounts/suspend", { accounts: [SECOND_ADMIN] });
  const suspended = Date.now();
  await visitor.button("Refresh").click();
  await visitor.text("This account is suspended").waitFor();
  expect(visitor.page.url()).toBe(`${world.stack.page}/sign-in`);
  expect(await visitor.page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain(
    "access_token",
  );

  // Once unsuspended, they can sign in again. The old session stays void.
  await world.stack.as(ADMIN, "/admin/v1/accounts/unsuspend", { accounts: [SECOND_ADMIN] });
  // Sessions that begin in the second of the suspension are void too.
  await expect.poll(() => Date.now() - suspended).toBeGreaterThan(1_000);
  await visitor.button("Try again").click();
  await visitor.pick(SECOND_ADMIN);
  await visitor.page.waitForURL(`${world.stack.page}/dashboard/api-keys`);
  await visitor.button("Create API Key").first().waitFor();
});
