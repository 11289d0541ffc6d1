import { readFile } from "node:fs/promises";
import { expect, type Locator, test } from "@playwright/test";
import { isolated } from "../src/common/outside";
import { startStack } from "./fixture";
import { ADMIN, BASIC_ADMIN, MEMBER, SECOND_ADMIN } from "./world";

const world = startStack();

const EVENT = {
  id: "1",
  action: "SUSPEND_ACCOUNT",
  actor: { type: "OPERATOR", name: "Test", email: null, company: "acme" },
  affected: { type: "USER", id: "ada", name: "Ada", email: "ada@acme.example", company: "acme" },
  date: "2026-01-31T22:19:42.841Z",
  snapshotDate: "2026-01-31T22:20:00.000Z",
};

test("events are shown as sentences, newest first", async () => {
  const { key, mask } = await world.stack.createKey(SECOND_ADMIN, "Nightly");
  expect(await world.stack.suspendWith(key, MEMBER)).toBe(200);
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard");
  await visitor.page.getByRole("link", { name: "Activity", exact: true }).first().click();
  const rows = visitor.page.getByRole("row");
  await visitor.text(`The API key “Nightly” (${mask}) suspended Member 1 (${MEMBER}).`).waitFor();
  expect(await rows.nth(1).innerText()).toContain("suspended");
  expect(await rows.nth(1).innerText()).toContain("127.0.0.1");
  await visitor.text(`Second admin (${SECOND_ADMIN}) created the API key “Nightly” (${mask}).`).waitFor();
  await visitor.text("The operator “Demonstration” created the company.").waitFor();
  const time = rows.nth(1).locator("time");
  expect(await time.getAttribute("title")).toMatch(/ UTC$/);
  // A refresh shows the new events.
  await world.stack.suspendWith(key, "member-2@acme.example");
  await visitor.button("Refresh").click();
  await visitor.text("suspended Member 2 (member-2@acme.example)").waitFor();
  expect(visitor.complaints).toEqual([]);
});

test("activity is filtered by action, person and date, and the address can be shared", async () => {
  const { key } = await world.stack.createKey(ADMIN, "Filter");
  await world.stack.suspendWith(key, "member-3@acme.example");
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/activity");
  await visitor.text("suspended Member 3 (member-3@acme.example)").waitFor();
  await visitor.page.getByRole("button", { name: /^What/ }).click();
  await visitor.page.getByRole("option", { name: "API key created" }).click();
  await visitor.page.keyboard.press("Escape");
  await visitor.page.getByText("1 action", { exact: true }).waitFor();
  await visitor.text("suspended Member 3 (member-3@acme.example)").waitFor({ state: "detached" });
  await visitor.text("created the API key “Filter”").waitFor();
  const actor = visitor.page.getByLabel(/^By or to whom/);
  await actor.fill("nobody@acme.example");
  await actor.press("Enter");
  await visitor.text("No activity").waitFor();
  await actor.fill(ADMIN.toUpperCase());
  await actor.press("Enter");
  await visitor.text("created the API key “Filter”").waitFor();
  await visitor.page.getByRole("button", { name: /^When/ }).click();
  await visitor.page.getByRole("option", { name: "Last 24 hours" }).click();
  await expect.poll(() => visitor.page.url()).toContain("range=24h");
  expect(visitor.page.url()).toContain("action=CREATE_API_KEY");
  expect(visitor.page.url()).toContain("involving=ADMIN");
  await visitor.page.reload();
  await visitor.text("created the API key “Filter”").waitFor();
  expect(await visitor.page.getByText("suspended Member 3").count()).toBe(0);

  await visitor.page.getByRole("button", { name: /^When/ }).click();
  await visitor.page.getByRole("option", { name: "Between two days" }).click();
  await visitor.text("Choose the first and the last day.").waitFor();
  const [first, last] = ["First day", "Last day"].map((label) =>
    visitor.page.getByRole("textbox", { name: label }),
  ) as [Locator, Locator];
  await first.pressSequentially("1/2/2020");
  await last.pressSequentially("12/31/2019");
  await last.press("Enter");
  await visitor.text("The last day must not be before the first.").waitFor();
  expect(await last.getAttribute("aria-invalid")).toBe("true");
  expect(await first.getAttribute("aria-invalid")).not.toBe("true");
  await first.fill("2/30/2020");
  await first.press("Enter");
  await visitor.text("Enter the day as MM/DD/YYYY.").waitFor();
  expect(await first.getAttribute("aria-invalid")).toBe("true");
  expect(await first.inputValue()).toBe("2/30/2020");
  await last.fill("2/15/2020");
  await last.press("Enter");
  await expect.poll(() => first.evaluate((field) => field === document.activeElement)).toBe(true);
  await first.fill("1/2/2020");
  await first.press("Enter");
  await visitor.text("No activity").waitFor();
  await visitor.button("Show the last 7 days").click();
  await visitor.text("suspended Member 3 (member-3@acme.example)").waitFor();
  expect(visitor.complaints).toEqual([]);
});

test("a day is read in the format of the reader's country, and only when it is complete", async () => {
  const visitor = await world.visit({ locale: "de-DE" });
  const asked: string[] = [];
  visitor.page.on("request", (request) => {
    const since = new URL(request.url()).searchParams.get("filter[date][since]");
    if (since && request.method() === "GET") asked.push(since);
  });
  await visitor.signIn(ADMIN, "/dashboard/activity?range=days&last=2026-11-20");
  const first = visitor.page.getByRole("textbox", { name: "First day" });
  await first.pressSequentially("05.11.2026");
  await first.press("Enter");
  await visitor.text("No activity").waitFor();
  expect(asked).toEqual(["2026-11-04T23:00:00.000Z"]);
  expect(new URL(visitor.page.url()).searchParams.get("first")).toBe("2026-11-05");
  await visitor.text("5. November 2026").waitFor();
});

test("people are found by name", async () => {
  const { key } = await world.stack.createKey(ADMIN, "Names");
  await world.stack.suspendWith(key, "member-7@acme.example");
  await world.stack.suspendWith(key, "member-8@acme.example");
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/activity");
  await visitor.text("suspended Member 8").waitFor();
  await visitor.page.getByLabel(/^By or to whom/).pressSequentially("ember 7");
  await visitor.page.getByRole("option", { name: /member-7@acme.example/ }).click();
  await visitor.text("suspended Member 8").waitFor({ state: "detached" });
  await visitor.text("suspended Member 7").waitFor();
  expect(visitor.page.url()).toContain("involving=member-7%40acme.example");

  // With the keyboard: the first option is the text itself.
  const party = visitor.page.getByLabel(/^By or to whom/);
  await party.fill("");
  await party.pressSequentially("member 8");
  await visitor.page.getByRole("option", { name: /member-8@acme.example/ }).waitFor();
  await party.press("ArrowDown");
  await party.press("ArrowDown");
  await party.press("Enter");
  await visitor.text("suspended Member 8").waitFor();
  await visitor.text("suspended Member 7").waitFor({ state: "detached" });
  expect(visitor.page.url()).toContain("involving=member-8%40acme.example");

  // A whole name is enough, although the addresses of others begin like its owner's.
  await party.fill("");
  await party.pressSequentially("Member 1");
  await visitor.page.getByRole("option", { name: /member-10@acme.example/ }).waitFor();
  await party.press("Enter");
  await expect.poll(() => visitor.page.url()).toContain("involving=member-1%40acme.example");

  await party.fill("Nobody Known");
  await party.press("Enter");
  await visitor.text("To find a person, enter their whole email address").waitFor();
  expect(visitor.complaints).toEqual([]);
});

test("a pasted key becomes its mask and is in no address", async () => {
  const { key, mask } = await world.stack.createKey(ADMIN, "Pasted");
  const visitor = await world.visit();
  const requests: string[] = [];
  visitor.page.on("request", (request) => requests.push(request.url()));
  await visitor.signIn(ADMIN, "/dashboard/activity");
  const party = visitor.page.getByLabel(/^By or to whom/);
  await party.fill(key);
  await party.press("Enter");
  await visitor.text("created the API key “Pasted”").waitFor();
  expect(await party.inputValue()).toBe(mask);
  expect(new URL(visitor.page.url()).searchParams.get("involving")).toBe(mask);
  await visitor.open("/dashboard/members");
  await visitor.page.getByLabel("Name or email address").fill(key);
  await visitor.text("No member matches").waitFor();
  expect(new URL(visitor.page.url()).searchParams.get("search")).toBe(mask);
  expect(requests.filter((url) => url.includes(key))).toEqual([]);
});

test("Enter in a day moves the focus to a field that is wrong now, and to no other", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/activity?range=days&first=2026-11-25&last=2026-11-20");
  const [first, last] = ["First day", "Last day"].map((label) =>
    visitor.page.getByRole("textbox", { name: label }),
  ) as [Locator, Locator];
  await first.fill("11/10/2026");
  await first.press("Enter");
  await visitor.text("No activity").waitFor();
  await expect(first).toBeFocused();
  await first.fill("11/25/2026");
  await first.press("Enter");
  await expect(last).toBeFocused();
  await first.fill("99/25/2026");
  await first.press("Enter");
  await visitor.text("Enter the day as MM/DD/YYYY.").waitFor();
  await expect(first).toBeFocused();
});

test("the rows of a key and of a member link to what they did and what was done to them", async () => {
  const { key } = await world.stack.createKey(SECOND_ADMIN, "Linked");
  await world.stack.suspendWith(key, "member-4@acme.example");
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor
    .row("Linked")
    .getByRole("link", { name: `Activity of ${isolated("Linked")}` })
    .click();
  await visitor.text("Only what was done by or to the API key “Linked”").waitFor();
  await visitor.text("suspended Member 4 (member-4@acme.example)").waitFor();
  // The header row, the suspension and the creation.
  expect(await visitor.page.getByRole("row").count()).toBe(3);
  await visitor.button("Show all activity").click();
  await visitor.text("The operator “Demonstration” created the company.").waitFor();

  await visitor.open("/dashboard/members?search=member-4");
  await visitor.page.getByRole("link", { name: `Activity of ${isolated("member-4@acme.example")}` }).click();
  await visitor.text("Only what was done by or to Member 4 (member-4@acme.example).").waitFor();
  await visitor.text("added Member 4 (member-4@acme.example)").waitFor();
  expect(await visitor.page.getByRole("row").count()).toBe(3);
  expect(visitor.complaints).toEqual([]);
});

test("a download contains all matching events, and a long list loads more on request", async () => {
  const { key } = await world.stack.createKey(ADMIN, '=HYPERLINK("x")');
  const unsuspend = async (account: string) => {
    const path = `/enterprise/v1/accounts/${account}/unsuspend`;
    await world.stack.post(path, {}, { authorization: `apikey ${key}` });
  };
  for (let i = 0; i < 55; i += 1) {
    await world.stack.suspendWith(key, "acme-member-20");
    await unsuspend("acme-member-20");
  }
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/activity?involving=acme-member-20");
  await visitor.page.getByText("(100+)").waitFor();
  const save = async (format: RegExp) => {
    const saved = visitor.page.waitForEvent("download");
    await visitor.button("Download").click();
    await visitor.page.getByRole("menuitem", { name: format }).click();
    const download = await saved;
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
  };
  const csv = await save(/^CSV/);
  const lines = csv.text.trimEnd().split("\r\n");
  expect(csv.name).toBe("activity.csv");
  expect(lines.length).toBe(112);
  expect(lines[1]).toMatch(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z,UNSUSPEND_ACCOUNT,/);
  expect(lines[1]).toContain(`"'=HYPERLINK(""x"")"`);
  const ndjson = await save(/^NDJSON/);
  const events = ndjson.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { action: string; affected: { id: string } });
  expect(ndjson.name).toBe("activity.ndjson");
  expect(events.length).toBe(111);
  expect(events.every(({ affected }) => affected.id === "acme-member-20")).toBe(true);
  await visitor.button("Load more").click();
  await visitor.page.getByText("(111)").waitFor();
  expect(await visitor.button("Load more").count()).toBe(0);
  expect(visitor.complaints).toEqual([]);
});

test("a download shows its progress, can be canceled, and says what it omits", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/activity");
  await visitor.page.locator("tbody time").first().waitFor();
  let pages = 0;
  let hold: Promise<void> | undefined = new Promise(() => undefined);
  await visitor.page.route("**/admin/v1/audit-log**", async (route) => {
    // An endless log with 1,000 events on each page.
    pages += 1;
    if (pages === 3) await hold;
    const data = Array.from({ length: 1_000 }, () => EVENT);
    await route.fulfill({ json: { data, nextToken: "more" } }).catch(() => undefined);
  });
  let files = 0;
  visitor.page.on("download", () => (files += 1));
  const choose = async () => {
    await visitor.button("Download").click();
    await visitor.page.getByRole("menuitem", { name: /^NDJSON/ }).click();
  };
  await choose();
  await visitor.text("2,000 events so far").waitFor();
  await visitor.button("Cancel download").click();
  await visitor.text("events so far").waitFor({ state: "detached" });
  expect(files).toBe(0);
  hold = undefined;
  const saved = visitor.page.waitForEvent("download");
  await choose();
  const text = await readFile(await (await saved).path(), "utf8");
  expect(text.trimEnd().split("\n")).toHaveLength(50_000);
  await visitor.text("The file is incomplete").waitFor();
  await visitor.text("It contains the newest 50,000 events").waitFor();
});

test("one search finds what a person did and what was done to them, and sends the typed text", async () => {
  const { key } = await world.stack.createKey(ADMIN, "Searched");
  await world.stack.suspendWith(key, "member-7@acme.example");
  const visitor = await world.visit();
  const asked: (string | null)[] = [];
  visitor.page.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname.endsWith("/audit-log")) asked.push(searchParams.get("filter[involving]"));
  });
  await visitor.signIn(ADMIN, "/dashboard/activity");
  const search = visitor.page.getByLabel(/^By or to whom/);
  await search.fill("member-7@acme.example");
  await search.press("Enter");
  await visitor.text("suspended Member 7 (member-7@acme.example)").waitFor();
  expect(await visitor.page.getByText("created the API key").count()).toBe(0);
  for (const typed of ["Nightly offboarding", "K7fQ…mibC", "K7fQ...mibC"]) {
    await search.fill(` ${typed} `);
    await search.press("Enter");
    await expect.poll(() => asked.at(-1)).toBe(typed);
  }
});

test("a company without the Enterprise plan sees its activity", async () => {
  const visitor = await world.visit();
  await visitor.signIn(BASIC_ADMIN, "/dashboard/activity");
  await visitor.text("The operator “Demonstration” created the company.").waitFor();
  expect(await visitor.page.getByText("acme").count()).toBe(0);
});

test("a failure is shown, and the person can try again", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  let broken = true;
  await visitor.page.route("**/admin/v1/audit-log**", (route) => (broken ? route.abort() : route.continue()));
  await visitor.page.getByRole("link", { name: "Activity", exact: true }).first().click();
  await visitor.text("Activity can't be shown").waitFor();
  broken = false;
  await visitor.button("Try again").click();
  await visitor.text("suspended Member 20 (member-20@acme.example)").waitFor();
});

test("changed and ignored attributes are shown, and how often a revoked key was used", async () => {
  const visitor = await world.visit();
  await visitor.page.route("**/admin/v1/audit-log**", async (route) => {
    const response = await route.fetch();
    const { data } = (await response.json()) as { data: { action: string; affected: object }[] };
    const [event] = data;
    const changes = {
      attributes: ["emails", "name.givenName"],
      emailBefore: "ada@acme.example",
      emailAfter: "countess@acme.example",
    };
    const ada = { ...event?.affected, type: "USER", name: null, email: "countess@acme.example" };
    const key = { ...event?.affected, type: "API_KEY", name: "Old", mask: "K7fQ…mibC", email: null };
    const update = { ...event, id: "2", action: "UPDATE_ACCOUNT", affected: ada };
    const uses = { ...event, id: "1", action: "USE_REVOKED_API_KEY", actor: key, affected: key, times: 3 };
    await route.fulfill({
      json: { data: [{ ...update, changes, leftAlone: ["phoneNumbers", "roles"] }, uses] },
    });
  });
  await visitor.signIn(ADMIN, "/dashboard/activity");
  const rows = visitor.page.getByRole("row");
  await visitor.text("updated countess@acme.example.").waitFor();
  expect((await rows.nth(1).getByRole("rowheader").innerText()).split("\n").slice(1)).toEqual([
    "Changed attributes: emails, name.givenName.",
    "Email address: ada@acme.example → countess@acme.example.",
    "Ignored attributes: phoneNumbers, roles.",
  ]);
  expect(await rows.nth(2).innerText()).toContain(
    "Somebody used the API key “Old” (K7fQ…mibC) 3 times, although the key is revoked or this secret has ended.",
  );
  const saved = visitor.page.waitForEvent("download");
  await visitor.button("Download").click();
  await visitor.page.getByRole("menuitem", { name: /^CSV/ }).click();
  const csv = await readFile(await (await saved).path(), "utf8");
  expect(csv).toContain(",emails name.givenName,ada@acme.example,countess@acme.example,phoneNumbers roles,,");
  expect(csv).toMatch(/,,,,,3,127\.0\.0\.1,1,\d{4}-/);
});
