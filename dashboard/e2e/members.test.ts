import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, MEMBER, SECOND_ADMIN } from "./world";

const world = startStack();

interface AuditedAccounts {
  accounts: { email: string; state: string }[];
  nextToken?: string;
}

/** Every account of Acme whose address begins with this prefix, as the API returns it. */
async function accounts(prefix: string): Promise<AuditedAccounts["accounts"]> {
  const found: AuditedAccounts["accounts"] = [];
  let query = `?email=${prefix}&limit=100`;
  for (;;) {
    const page: AuditedAccounts = await world.stack.as(ADMIN, `/admin/v1/accounts${query}`);
    found.push(...page.accounts);
    if (!page.nextToken) return found;
    query = `?nextToken=${page.nextToken}`;
  }
}

test("a member is searched, suspended and unsuspended, and members are filtered by state", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members");
  await visitor.row(ADMIN).getByText("you", { exact: true }).waitFor();
  await visitor.page.getByLabel("Name or email address").fill("MEMBER-1@");
  await visitor.row(SECOND_ADMIN).waitFor({ state: "detached" });
  await expect.poll(() => visitor.page.url()).toContain("search=MEMBER-1%40");
  await visitor.row(MEMBER).getByRole("checkbox").check({ force: true });
  await visitor.button("Suspend").click();
  await visitor.dialog.getByText("They can no longer sign in").waitFor();
  await visitor.inDialog("Suspend").click();
  await visitor.dialog.getByText("1 of 1 done").waitFor();
  await visitor.inDialog("Close").click();
  await visitor.row(MEMBER).getByText("Suspended", { exact: true }).waitFor();

  await visitor.page.reload();
  await visitor.row(MEMBER).getByText("Suspended", { exact: true }).waitFor();
  await visitor.row(MEMBER).getByRole("checkbox").check({ force: true });
  await visitor.button("Unsuspend").click();
  await visitor.inDialog("Unsuspend").click();
  await visitor.dialog.getByText("1 changed").waitFor();
  await visitor.inDialog("Close").click();
  await visitor.row(MEMBER).getByText("Active", { exact: true }).waitFor();
  await visitor.page.getByRole("button", { name: /State/ }).click();
  await visitor.page.getByRole("option", { name: "Suspended" }).click();
  await visitor.text("No member matches").waitFor();
  await visitor.button("Show all members").click();
  await visitor.row(ADMIN).waitFor();
  expect(visitor.complaints).toEqual([]);
});

test("suspending an administrator lists their keys and offers to revoke them", async () => {
  const { key, mask } = await world.stack.createKey(SECOND_ADMIN, "Of the second");
  await world.stack.createKey(ADMIN, "Of the first");
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members?search=second");
  await visitor.row(SECOND_ADMIN).getByRole("checkbox").check({ force: true });
  await visitor.button("Suspend").click();
  await visitor.dialog.getByText(mask).waitFor();
  expect(await visitor.dialog.getByText("Of the first").count()).toBe(0);
  expect(await visitor.dialog.getByRole("button", { name: /^Revoke API Key/ }).count()).toBe(0);
  await visitor.inDialog("Suspend").click();
  await visitor.dialog.getByText("1 changed").waitFor();
  expect(await world.stack.suspendWith(key, "member-20@acme.example")).toBe(200);
  await visitor.dialog.getByRole("button", { name: /^Revoke API Key/ }).click();
  await visitor.page.getByLabel("First four characters").fill(key.slice(0, 4));
  await visitor.page.getByLabel("Last four characters").fill(key.slice(-4));
  await visitor.page.getByRole("button", { name: "Revoke API Key", exact: true }).last().click();
  await visitor.page.getByText(mask).first().waitFor({ state: "detached" });
  expect(await world.stack.suspendWith(key, "member-20@acme.example")).toBe(401);
  await visitor.inDialog("Close").click();
  await visitor.row(SECOND_ADMIN).getByText("Suspended", { exact: true }).waitFor();
});

test("the last administrator can't be suspended, and the dialog says why", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members?search=admin");
  await visitor.row(ADMIN).getByRole("checkbox").check({ force: true });
  await visitor.button("Suspend").click();
  await visitor.dialog.getByText("This includes you").waitFor();
  await visitor.inDialog("Suspend").click();
  await visitor.dialog.getByText("This is the company's last active Company Administrator").waitFor();
  await visitor.inDialog("Close").click();
  await visitor.row(ADMIN).getByText("Active", { exact: true }).waitFor();
});

test("500 members on a pasted list are suspended, although the connection drops halfway", async () => {
  const names = Array.from({ length: 500 }, (_, i) => `leaver-${String(i).padStart(3, "0")}@acme.example`);
  for (const email of names) {
    await world.stack.provision({
      operation: "add-account",
      companyId: "acme",
      account: { email, name: email },
    });
  }
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members/many");
  const sent: { names: string[]; arrived: boolean }[] = [];
  const outcomes: string[] = [];
  await visitor.page.route("**/admin/v1/accounts/suspend", async (route) => {
    const { accounts } = route.request().postDataJSON() as { accounts: string[] };
    const attempt = { names: accounts, arrived: true };
    sent.push(attempt);
    // The third batch is carried out, but its response is lost. Then there is no connection for a while.
    const [lost, away] = [sent.length === 3, sent.length > 3 && sent.length <= 6];
    if (away) {
      attempt.arrived = false;
      return route.abort("internetdisconnected");
    }
    const response = await route.fetch();
    const { results } = (await response.json()) as { results: { outcome: string }[] };
    outcomes.push(...results.map(({ outcome }) => outcome));
    return lost ? route.abort("connectionreset") : route.fulfill({ response });
  });
  await visitor.page.clock.install();
  await visitor.page
    .getByRole("textbox", { name: "Email addresses or account IDs" })
    .fill(`${names.join("\n")}\nnobody@acme.example\n=not an address\n${names[0]}`);
  await visitor.text("501 accounts to suspend").waitFor();
  await visitor.text("1 named twice").waitFor();
  await visitor.text("Line 502: =not an address").waitFor();
  await visitor.button("Suspend 501 accounts").click();
  await visitor.dialog.getByText("500 members will be suspended.").waitFor();
  await visitor.dialog.getByText("1 unknown").waitFor();
  await visitor.inDialog("Suspend").click();
  // The progress is shown, and then the pause. On this clock, the pauses between the retries take almost no time.
  await visitor.text(/^(100|200) of 501 done/).waitFor();
  await expect
    .poll(
      async () => {
        await visitor.page.clock.fastForward(1_000);
        return visitor.text(/^Paused/).count();
      },
      { timeout: 60_000, intervals: [100] },
    )
    .toBe(1);
  expect(await visitor.text(/^Paused/).innerText()).toBe("Paused: 200 of 501 done");
  await visitor.text("The service did not respond").waitFor();
  await visitor.button("Continue").click();
  await visitor.text("501 of 501 done").waitFor();
  await visitor.text("400 changed, 100 unchanged, 1 refused").waitFor();

  const after = await accounts("leaver-");
  expect(after.map(({ email }) => email)).toEqual(names);
  expect(after.filter(({ state }) => state !== "suspended")).toEqual([]);
  // No account was suspended twice: each changed once.
  expect(outcomes.filter((outcome) => outcome === "changed")).toHaveLength(500);
  expect(outcomes.filter((outcome) => outcome === "unchanged")).toHaveLength(100);

  const download = visitor.page.waitForEvent("download");
  await visitor.button("Download failed accounts").click();
  const csv = await readFile(await (await download).path(), "utf8");
  expect(csv).toBe(
    "\uFEFFaccount,outcome,reason\r\nnobody@acme.example,refused,The company has no key or account with this identifier. Check the identifier.\r\n",
  );
});

test("members on a list from a file are unsuspended", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/members/many");
  await visitor.page.getByRole("radio", { name: "Unsuspend" }).check({ force: true });
  await visitor.page.setInputFiles("input[type=file]", {
    name: "leavers.csv",
    mimeType: "text/csv",
    buffer: Buffer.from('Name,Email\n"One, Leaver",leaver-001@acme.example\nTwo,leaver-002@acme.example\n'),
  });
  await visitor.text("2 accounts to unsuspend").waitFor();
  await visitor.button("Unsuspend 2 accounts").click();
  await visitor.dialog.getByText("2 members will be unsuspended.").waitFor();
  await visitor.inDialog("Unsuspend").click();
  await visitor.text("2 changed, 0 unchanged, 0 refused").waitFor();
  const [, first, second] = await accounts("leaver-00");
  expect([first?.state, second?.state]).toEqual(["active", "active"]);
});
