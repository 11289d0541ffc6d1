import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, MEMBER, SECOND_ADMIN, type Visitor } from "./world";

const world = startStack();
const LIST = { name: "Email addresses or account IDs" };

function asksBeforeClosing(visitor: Visitor): Promise<boolean> {
  return visitor.page.evaluate(() => {
    const event = new Event("beforeunload", { cancelable: true });
    window.dispatchEvent(event);
    return event.defaultPrevented;
  });
}

/** Records the batches that are sent. Each waits until `pass` lets it through. */
async function batches(visitor: Visitor) {
  const sent: string[][] = [];
  let open = 0;
  const waiting: (() => void)[] = [];
  await visitor.page.route("**/admin/v1/accounts/suspend", async (route) => {
    sent.push((route.request().postDataJSON() as { accounts: string[] }).accounts);
    if (open > 0) open -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    await route.continue();
  });
  return {
    sent,
    pass: (count: number) => {
      for (; count > 0; count -= 1) {
        const next = waiting.shift();
        if (next) next();
        else open += 1;
      }
    },
  };
}

async function suspendList(visitor: Visitor, names: readonly string[]): Promise<void> {
  await visitor.page.getByRole("textbox", LIST).fill(names.join("\n"));
  await visitor.button(`Suspend ${names.length} accounts`).click();
  await visitor.dialog.getByText("will be suspended").first().waitFor();
  await visitor.inDialog("Suspend").click();
}

async function addMembers(prefix: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `${prefix}-${i}@acme.example`);
  for (const email of names) {
    const account = { email, name: email };
    await world.stack.provision({ operation: "add-account", companyId: "acme", account });
  }
  return names;
}

test("the dialog says what will change, and nothing changes before the person confirms", async () => {
  await world.stack.as(ADMIN, "/admin/v1/accounts/suspend", { accounts: ["member-5@acme.example"] });
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members/many");
  const { sent } = await batches(visitor);
  const names = [ADMIN, MEMBER.toUpperCase(), "acme-member-2", "member-5@acme.example", SECOND_ADMIN];
  await visitor.page.getByRole("textbox", LIST).fill([...names, "nobody@acme.example"].join("\n"));
  await visitor.button("Suspend 6 accounts").click();
  for (const says of [
    "4 members will be suspended.",
    "1 member is suspended already",
    "2 of them are Company Administrators",
    "1 unknown",
    "nobody@acme.example",
    "This includes you",
    "Your account is suspended last",
  ]) {
    await visitor.dialog.getByText(says).first().waitFor();
  }
  await visitor.inDialog("Cancel").click();
  await visitor.dialog.waitFor({ state: "detached" });
  expect(sent).toEqual([]);
  expect(await visitor.page.getByRole("textbox", LIST).inputValue()).toContain("nobody@acme.example");
});

test("every way of leaving a filled list asks first", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members");
  await visitor.button("Change many").click();
  await visitor.page.getByRole("textbox", LIST).fill(MEMBER);
  expect(await asksBeforeClosing(visitor)).toBe(true);
  const question = visitor.page.getByRole("dialog", { name: "Discard this list?" });
  const signOut = async () => {
    await visitor.page.getByRole("button", { name: /^Account: / }).click();
    await visitor.button("Sign out").click();
  };
  const ways = [() => visitor.page.goBack(), () => visitor.button("Back to Members").click(), signOut];
  for (const leave of ways) {
    await leave();
    await question.getByRole("button", { name: "Stay" }).click();
    await question.waitFor({ state: "detached" });
    expect(await visitor.page.getByRole("textbox", LIST).inputValue()).toBe(MEMBER);
  }
  await visitor.page.getByRole("link", { name: "Activity" }).first().click();
  await question.getByRole("button", { name: "Discard" }).click();
  await visitor.page.waitForURL(/activity/);
});

test("a run continues in other places and after a reload, and keeps its results", async () => {
  const names = await addMembers("mover", 220);
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members/many");
  const { sent, pass } = await batches(visitor);
  await suspendList(visitor, names);
  await expect.poll(() => sent.length).toBe(1);
  expect(await asksBeforeClosing(visitor)).toBe(true);

  await visitor.page.getByRole("link", { name: "Activity" }).first().click();
  await visitor.text("Suspending members: 0 of 220 done").waitFor();
  pass(1);
  await visitor.text("Suspending members: 100 of 220 done").waitFor();
  await visitor.page.getByRole("link", { name: "Home" }).first().click();
  pass(1);
  await expect.poll(() => sent.length).toBe(3);

  await visitor.open("/dashboard/members");
  await visitor.text("Suspending members: 200 of 220 done").waitFor();
  await visitor.button("Show").click();
  await visitor.text("Interrupted: 200 of 220 done").waitFor();
  pass(9);
  await visitor.button("Continue").click();
  await visitor.text("220 of 220 done").waitFor();
  expect(await asksBeforeClosing(visitor)).toBe(true);
  await visitor.button("Back to Members").click();
  expect(await asksBeforeClosing(visitor)).toBe(true);
  await visitor.page.reload();
  await visitor.text("Suspending members: 220 of 220 done").waitFor();
  await visitor.button("Show").click();
  const download = visitor.page.waitForEvent("download");
  await visitor.button("Download all results").click();
  const csv = await readFile(await (await download).path(), "utf8");
  expect(csv.split("\r\n").filter((line) => line.startsWith("mover-"))).toHaveLength(220);
  expect(await asksBeforeClosing(visitor)).toBe(false);
  await visitor.button("Dismiss results").click();
  await visitor.page.getByRole("textbox", LIST).waitFor();
});

test("a person who suspends themselves is suspended last and still sees the results", async () => {
  const names = await addMembers("leaver", 2);
  const visitor = await world.visit();
  await visitor.signIn(SECOND_ADMIN, "/dashboard/members/many");
  const { sent, pass } = await batches(visitor);
  pass(9);
  await suspendList(visitor, [SECOND_ADMIN, ...names]);
  await visitor.text("3 of 3 done").waitFor();
  expect(sent).toEqual([names, [SECOND_ADMIN]]);
  await visitor.text("You are signed out when you leave this page").waitFor();
  await visitor.button("Back to Members").click();
  await visitor.page.getByRole("dialog").getByRole("button", { name: "Stay" }).click();
  await visitor.text("3 of 3 done").waitFor();
  await visitor.button("Back to Members").click();
  await visitor.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await visitor.text("This account is suspended").waitFor();
  await world.stack.as(ADMIN, "/admin/v1/accounts/unsuspend", { accounts: [SECOND_ADMIN] });
});

test("failures in a dialog stay visible after the dialog is closed", async () => {
  const visitor = await world.visit();
  await visitor.signIn(SECOND_ADMIN, "/dashboard/members?search=admin");
  await world.stack.as(ADMIN, "/admin/v1/accounts/suspend", { accounts: ["member-6@acme.example"] });
  await visitor.page.route("**/admin/v1/accounts/suspend", async (route) => {
    const problem = {
      type: "urn:company-api-keys:problem:not-found",
      title: "",
      status: 404,
      detail: "Gone.",
    };
    await route.fulfill({ json: { results: [{ outcome: "refused", problem }] } });
  });
  await visitor.row(ADMIN).getByRole("checkbox").check({ force: true });
  await visitor.button("Suspend").click();
  await visitor.inDialog("Suspend").click();
  await visitor.dialog.getByText("Gone.").waitFor();
  await visitor.inDialog("Close").click();
  await visitor.text("Suspending members: 1 of 1 done").waitFor();
  await visitor.button("Show").click();
  await visitor.text("Gone.").waitFor();
});
