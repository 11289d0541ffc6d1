import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, type Visitor } from "./world";

const world = startStack();
const UNDO = "**/admin/v1/api-keys/*/undo-suspensions";

interface Created {
  keyId: string;
  key: string;
  mask: string;
}

function createKey(name: string): Promise<Created> {
  return world.stack.as(ADMIN, "/admin/v1/api-keys", {
    name,
    scopes: ["deprovisioning", "scim"],
    suspensionLimit: "unlimited",
  });
}

async function addMembers(prefix: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `${prefix}-${i}@acme.example`);
  for (const email of names) {
    const account = { email, name: email.replace(/@.*/, "") };
    await world.stack.provision({ operation: "add-account", companyId: "acme", account });
  }
  return names;
}

/** Suspends up to 100 accounts in one request with a key. */
async function suspendAll(key: string, accounts: readonly string[]): Promise<void> {
  const headers = { authorization: `apikey ${key}` };
  const response = await world.stack.post("/enterprise/v1/accounts/suspend", { accounts }, headers);
  expect(response.status, await response.text()).toBe(200);
}

interface Listed {
  accountId: string;
  state: string;
}

/** The account with this address. */
async function account(email: string): Promise<Listed | undefined> {
  const path = `/admin/v1/accounts?${new URLSearchParams({ email }).toString()}`;
  const { accounts } = await world.stack.as<{ accounts: Listed[] }>(ADMIN, path);
  return accounts[0];
}

/** Permanently deletes an account with a key, as a directory does. */
async function deleteWith(key: string, email: string): Promise<void> {
  const id = (await account(email))?.accountId ?? "";
  const response = await fetch(`${world.stack.api}/enterprise/v1/scim/Users/${id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${key}` },
  });
  expect(response.status).toBe(204);
}

async function atUndo(keyId: string, query = ""): Promise<Visitor> {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, `/dashboard/api-keys/${keyId}/undo${query}`);
  await visitor.page.getByRole("heading", { name: "Undo suspensions" }).waitFor();
  return visitor;
}

test("what a key suspended is undone, and people whom somebody else suspended stay suspended", async () => {
  const thief = await createKey("Stolen");
  const directory = await createKey("Directory");
  const [joined = "", active = "", gone = "", kept = "", ...plain] = await addMembers("victim", 6);
  await suspendAll(thief.key, [joined, active, kept, ...plain]);
  await world.stack.as(ADMIN, "/admin/v1/accounts/unsuspend", { accounts: [active] });
  await suspendAll(directory.key, [joined]);
  await deleteWith(thief.key, gone);

  const visitor = await world.visit();
  await visitor.signIn(ADMIN, `/dashboard/api-keys/${thief.keyId}`);
  await visitor.page.getByRole("link", { name: "Undo what this key suspended…", exact: true }).click();
  await visitor.page.waitForURL(`**/${thief.keyId}/undo`);
  await visitor.text("This key still works").waitFor();
  await visitor.text("4 accounts of 4 that can be undone are chosen.").waitFor();
  const row = (email: string) => visitor.page.getByRole("row").filter({ hasText: email });
  await row(joined).getByText("The account stays suspended").waitFor();
  await row(joined).getByText("API key “Directory”").waitFor();
  await row(active).getByText("Nothing: not suspended").waitFor();
  await row(plain[0] ?? "")
    .getByText("Unsuspends the account")
    .waitFor();
  await visitor.page.getByRole("list", { name: "Deleted accounts" }).getByText(gone).waitFor();
  expect(await visitor.page.getByRole("checkbox", { name: active }).isDisabled()).toBe(true);
  await visitor.page.getByRole("checkbox", { name: kept }).uncheck({ force: true });
  await visitor.button("Undo 3 suspensions").click();
  await visitor.dialog.getByText("2 accounts will be unsuspended.").waitFor();
  await visitor.dialog.getByText("1 account stays suspended,").waitFor();
  // Nothing changes before the person confirms.
  await visitor.inDialog("Cancel").click();
  expect((await account(plain[0] ?? ""))?.state).toBe("suspended");
  await visitor.button("Undo 3 suspensions").click();
  await visitor.inDialog("Undo").click();
  await visitor.text("3 of 3 done").waitFor();
  await visitor.text("2 unsuspended, 1 still suspended, 0 refused.").waitFor();
  const states = async (emails: string[]) => {
    const accounts = await Promise.all(emails.map(account));
    return accounts.map((account) => account?.state);
  };
  expect(await states([joined, active, kept, ...plain])).toEqual([
    "suspended",
    "active",
    "suspended",
    "active",
    "active",
  ]);

  const download = visitor.page.waitForEvent("download");
  await visitor.button("Download all results").click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("undo-results.csv");
  const csv = await readFile(await file.path(), "utf8");
  expect(csv).toContain(`${joined},Stays suspended: another suspension remains,`);
  expect(csv).toContain(`${plain[0]},Unsuspended,`);

  // The list is read again, and the account that was left out can be undone later.
  await visitor.button("Dismiss results").click();
  await visitor.text("1 account of 1 that can be undone is chosen.").waitFor();
  await row(joined).getByText("Nothing: nothing to take back").waitFor();
  await visitor.button("Undo 1 suspension").click();
  await visitor.inDialog("Undo").click();
  await visitor.text("1 of 1 done").waitFor();
  expect(await states([kept])).toEqual(["active"]);
  await visitor.open(`/dashboard/activity?involving=${thief.keyId}`);
  await visitor.text("began to undo what the API key").waitFor();
  await visitor.open("/dashboard/activity");
  await visitor.text("withdrew what an API key said about").waitFor();
  await visitor.text("Part of an undo of what an API key suspended.").waitFor();
  expect(visitor.complaints).toEqual([]);
});

test("what another key of the thief did to the same people is undone too, if the administrator says so", async () => {
  const first = await createKey("First stolen");
  const second = await createKey("Second stolen");
  const directory = await createKey("Own directory");
  const [joined = "", three = "", left = "", plain = ""] = await addMembers(
    "somebody-with-a-very-long-address.both",
    4,
  );
  await suspendAll(first.key, [joined, three, left, plain]);
  await suspendAll(second.key, [joined, three]);
  await suspendAll(directory.key, [three, left]);
  const ids = new Map<string, string>();
  for (const email of [joined, three, left]) ids.set(email, (await account(email))?.accountId ?? "");
  const states = async () =>
    Promise.all([joined, three, left, plain].map(async (email) => (await account(email))?.state));

  const visitor = await atUndo(first.keyId);
  const sent: { keyId: string; accounts: string[]; since: string; undoId?: string }[] = [];
  visitor.page.on("request", (request) => {
    const [, keyId] = /api-keys\/(\w+)\/undo-suspensions$/.exec(request.url()) ?? [];
    if (keyId) sent.push({ keyId, ...(request.postDataJSON() as Omit<(typeof sent)[number], "keyId">) });
  });
  const offers = visitor.page.getByRole("list", { name: "Other API keys" });
  await visitor.text("4 accounts of 4 that can be undone are chosen.").waitFor();
  const now = visitor.page
    .getByRole("row")
    .filter({ hasText: joined })
    .getByText("Suspended", { exact: true });
  await visitor.page.setViewportSize({ width: 1280, height: 800 });
  // The word is on one line.
  expect((await now.boundingBox())?.height).toBeLessThan(30);
  expect(await offers.count()).toBe(0);
  await visitor.button("Undo 4 suspensions").click();
  await visitor.inDialog("Undo").click();
  await visitor.text("1 unsuspended, 3 still suspended, 0 refused.").waitFor();
  expect(await states()).toEqual(["suspended", "suspended", "suspended", "active"]);

  await offers.getByRole("listitem").filter({ hasText: "Second stolen" }).getByText("2 accounts").waitFor();
  await offers.getByRole("listitem").filter({ hasText: "Own directory" }).getByText("2 accounts").waitFor();
  expect(await visitor.violations()).toEqual([]);
  const also = (name: string) => offers.getByRole("button", { name: `Undo also for \u2068${name}\u2069` });
  await also("Second stolen").click();
  await visitor.dialog.getByText("Only if this key was stolen or is broken, too").waitFor();
  await visitor.dialog.getByText("The new results replace the ones that you see now.").waitFor();
  // Nothing is sent before the person confirms.
  await visitor.inDialog("Cancel").click();
  expect(sent.length).toBe(1);
  // After a reload, the offer is still there.
  await visitor.page.reload();
  await also("Second stolen").click();
  await visitor.inDialog("Undo").click();
  await visitor.page.getByRole("heading", { name: "Undo also for Second stolen" }).waitFor();
  await visitor.text("1 unsuspended, 1 still suspended, 0 refused.").waitFor();
  expect(await states()).toEqual(["active", "suspended", "suspended", "active"]);
  expect(sent.map(({ keyId }) => keyId)).toEqual([first.keyId, second.keyId]);
  expect(sent[1]?.since).toBe(sent[0]?.since);
  expect(new Set(sent[1]?.accounts)).toEqual(new Set([ids.get(joined), ids.get(three)]));
  expect(sent[1]).not.toHaveProperty("undoId");

  // In other places, the notice leads back to this page. The directory's people are still on offer.
  await visitor.page.getByRole("link", { name: "Activity" }).first().click();
  await visitor.text("Undoing what a key suspended: 2 of 2 done").waitFor();
  await visitor.button("Show").click();
  await visitor.page.waitForURL(`**/${first.keyId}/undo`);
  await offers.getByRole("listitem").filter({ hasText: "Own directory" }).getByText("2 accounts").waitFor();
  expect(await also("Second stolen").count()).toBe(0);
  // They are when the results are gone, too.
  await visitor.button("Dismiss results").click();
  await visitor.text("0 accounts of 0 that can be undone are chosen.").waitFor();
  await also("Own directory").click();
  await visitor.dialog.getByText("suspended 2 accounts since").waitFor();
  await visitor.inDialog("Undo").click();
  await visitor.text("2 unsuspended, 0 refused.").waitFor();
  expect(await states()).toEqual(["active", "active", "active", "active"]);
  expect(new Set(sent[2]?.accounts)).toEqual(new Set([ids.get(three), ids.get(left)]));
  expect(await offers.count()).toBe(0);
  await visitor.open(`/dashboard/activity?involving=${second.keyId}`);
  await visitor.text("began to undo what the API key").waitFor();
  expect(visitor.complaints).toEqual([]);
});

test("an undo of many accounts goes on in other places, after lost responses and after a reload", async () => {
  test.setTimeout(300_000);
  const thief = await createKey("Many");
  const names = await addMembers("many", 130);
  await suspendAll(thief.key, names.slice(0, 100));
  await suspendAll(thief.key, names.slice(100));
  const characters = { firstFour: thief.mask.slice(0, 4), lastFour: thief.mask.slice(-4) };
  await world.stack.as(ADMIN, `/admin/v1/api-keys/${thief.keyId}/revoke`, characters);
  const visitor = await atUndo(thief.keyId);
  const sent: { accounts: string[]; undoId?: string }[] = [];
  const undoIds: string[] = [];
  let pass: () => void = () => undefined;
  await visitor.page.route(UNDO, async (route) => {
    sent.push(route.request().postDataJSON() as (typeof sent)[number]);
    // The first response gets lost, and the third request waits.
    if (sent.length === 3) await new Promise<void>((resolve) => (pass = resolve));
    const response = await route.fetch();
    undoIds.push(((await response.json()) as { undoId: string }).undoId);
    return sent.length === 1 ? route.abort("connectionreset") : route.fulfill({ response });
  });
  // The key is revoked, so there is no warning.
  await visitor.text("130 accounts of 130 that can be undone are chosen.").waitFor();
  expect(await visitor.text("This key still works").count()).toBe(0);
  await visitor.button("Choose none").click();
  expect(await visitor.button("Undo").isDisabled()).toBe(true);
  await visitor.button("Choose all").click();
  await visitor.button("Undo 130 suspensions").click();
  await visitor.inDialog("Undo").click();
  await expect.poll(() => sent.length, { timeout: 60_000 }).toBe(3);
  expect(sent.map(({ accounts }) => accounts.length)).toEqual([100, 100, 30]);
  expect(sent[0]?.accounts).toEqual(sent[1]?.accounts);
  expect(sent[2]?.undoId).toBe(undoIds[1]);

  await visitor.page.getByRole("link", { name: "Activity" }).first().click();
  await visitor.text("Undoing what a key suspended: 100 of 130 done").waitFor();
  // Another run must wait.
  await visitor.open("/dashboard/members/many");
  await visitor.text("Undoing what a key suspended: 100 of 130 done").waitFor();
  await visitor.page.getByRole("textbox", { name: "Email addresses or account IDs" }).fill("a@acme.example");
  expect(await visitor.button("Suspend 1 account").isDisabled()).toBe(true);
  await visitor.page.getByRole("textbox", { name: "Email addresses or account IDs" }).fill("");
  pass();
  await visitor.button("Show").click();
  await visitor.text("Interrupted: 100 of 130 done").waitFor();
  await visitor.button("Continue").click();
  await visitor.text("130 of 130 done").waitFor();
  // The response to the first request got lost, so these accounts were active when they were sent again.
  await visitor.text(/^\d+ unsuspended, \d+ not suspended any more, 0 refused\.$/).waitFor();
  expect((await account(names[129] ?? ""))?.state).toBe("active");
  await visitor.button("Dismiss results").click();
  await visitor.text("0 accounts of 0 that can be undone are chosen.").waitFor();
});

test("the time is chosen, and a list that can't be read is read again", async () => {
  const { keyId, key } = await createKey("Timed");
  const [early = "", late = ""] = await addMembers("timed", 2);
  await suspendAll(key, [early]);
  const between = new Date().toISOString();
  await suspendAll(key, [late]);
  const visitor = await atUndo(keyId, `?since=${between}`);
  await visitor.page.getByText(late).first().waitFor();
  expect(await visitor.page.getByText(early).count()).toBe(0);
  // What is shown is the minute, and without a change the exact time stays.
  await visitor.button("Show").click();
  expect(new URL(visitor.page.url()).searchParams.get("since")).toBe(between);
  await visitor.page.getByLabel("Time", { exact: true }).fill("25:00");
  await visitor.page.getByLabel("Since the day").fill("1/1/2020");
  await visitor.page.getByLabel("Time", { exact: true }).fill("");
  await visitor.button("Show").click();
  await visitor.text("Enter the time as hh:mm.").waitFor();
  await visitor.page.getByLabel("Since the day").fill("nonsense");
  await visitor.button("Show").click();
  await visitor.text("Enter the day as MM/DD/YYYY.").waitFor();

  let broken = true;
  await visitor.page.route("**/admin/v1/api-keys/*/suspensions?*", (route) =>
    broken ? route.abort() : route.continue(),
  );
  await visitor.button("Last hour").click();
  await visitor.text("What the key suspended can't be shown").waitFor();
  expect(await visitor.violations()).toEqual([]);
  // On a slow line, the page says what it waits for.
  broken = false;
  let pass: () => void = () => undefined;
  await visitor.page.route(
    "**/admin/v1/api-keys/*/suspensions?*",
    async (route) => {
      await new Promise<void>((resolve) => (pass = resolve));
      return route.continue();
    },
    { times: 1 },
  );
  await visitor.button("Last 7 days").click();
  await visitor.text("Reading what the key suspended… 0 accounts found").waitFor();
  pass();
  await visitor.page.getByText(early).first().waitFor();
  // A later time than all of it.
  await visitor.open(`/dashboard/api-keys/${keyId}/undo?since=${new Date().toISOString()}`);
  await visitor.text("Nothing to undo").waitFor();
  await visitor.button("Back to the API key").click();
  await visitor.page.waitForURL(`**/dashboard/api-keys/${keyId}`);
  await visitor.open("/dashboard/api-keys/01KGBA0RVS9W3T5V8YB2C4E6G8/undo");
  await visitor.text("API key not found").waitFor();
});
