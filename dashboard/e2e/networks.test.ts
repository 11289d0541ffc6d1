import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, type Visitor } from "./world";

const world = startStack();
const ACCOUNT = "member-6@acme.example";
/** The network of the tests themselves, as far as it is kept. */
const HERE = "127.0.0.0/24";
const ELSEWHERE = "198.51.100.0/24";

/** Creates a key that was used three times, and opens its page when the page shows from where. */
async function atUsedKey(
  name: string,
  more: object = {},
): Promise<{ visitor: Visitor; key: string; keyId: string }> {
  const created = await world.stack.as<{ keyId: string; key: string }>(ADMIN, "/admin/v1/api-keys", {
    name,
    scopes: ["deprovisioning"],
    ...more,
  });
  for (let i = 0; i < 3; i += 1) expect(await world.stack.suspendWith(created.key, ACCOUNT)).toBe(200);
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, `/dashboard/api-keys/${created.keyId}`);
  await expect
    .poll(
      async () => {
        await visitor.button("Refresh").click();
        return seen(visitor).getByText(HERE).count();
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  return { visitor, ...created };
}

function seen(visitor: Visitor) {
  return visitor.page.getByRole("table", { name: "Networks that the key was used from" });
}

async function choose(visitor: Visitor, mode: string, ranges: string): Promise<void> {
  await visitor.dialog.getByRole("radio", { name: mode }).check();
  await visitor.dialog.getByLabel("Addresses and ranges").fill(ranges);
}

const REPORT = "Any network, and report";
const ENFORCE = "Only the networks on a list";

test("a list is tried out before it is saved, and refuses requests from elsewhere", async () => {
  const { visitor, key } = await atUsedKey("Tried");
  await visitor.text("Works from any network").waitFor();
  await visitor.button("Edit networks").click();
  await choose(visitor, REPORT, `${ELSEWHERE}\n\n10.0.0.1/8`);
  await visitor.inDialog("Review").click();
  await visitor.dialog.getByText("Line 3, “10.0.0.1/8”: This address is inside the range").waitFor();
  await choose(visitor, REPORT, ELSEWHERE);
  await visitor.inDialog("Review").click();
  await visitor.dialog
    .getByText(/This list would have refused \d of \d requests? since [A-Z][a-z]+ \d+, \d{4}, from 127/)
    .waitFor();
  await visitor.inDialog("Save").click();
  await visitor.text("API key Tried is saved").waitFor();
  await visitor.text("Only reported: nothing is refused").waitFor();
  await seen(visitor).getByRole("row", { name: HERE }).getByText("No", { exact: true }).waitFor();
  expect(await world.stack.suspendWith(key, ACCOUNT)).toBe(200);

  // The network that the key is used from is added while the list is reviewed.
  await visitor.button("Edit networks").click();
  await visitor.dialog.getByRole("radio", { name: ENFORCE }).check();
  await visitor.inDialog("Review").click();
  await visitor.dialog.getByRole("button", { name: `Add to the list: ${HERE}` }).click();
  await visitor.dialog.getByText(/This list would have refused 0 of \d requests?/).waitFor();
  await visitor.inDialog("Back").click();
  expect(await visitor.dialog.getByLabel("Addresses and ranges").inputValue()).toBe(`${ELSEWHERE}\n${HERE}`);
  await visitor.inDialog("Review").click();
  await visitor.inDialog("Save").click();
  await visitor.text("Enforced: other networks are refused").waitFor();
  expect(await world.stack.suspendWith(key, ACCOUNT)).toBe(200);

  await visitor.button("Edit networks").click();
  await choose(visitor, ENFORCE, ELSEWHERE);
  await visitor.inDialog("Review").click();
  await visitor.inDialog("Save").click();
  await visitor.dialog.waitFor({ state: "detached" });
  expect(await world.stack.suspendWith(key, ACCOUNT)).toBe(403);
  await expect
    .poll(
      async () => {
        await visitor.button("Refresh").click();
        return visitor.page.getByText(/^Somebody used the API key “/).count();
      },
      { timeout: 20_000 },
    )
    .toBeGreaterThan(0);
  await visitor.text("which is not in the key's networks").waitFor();
  expect(visitor.complaints).toEqual([]);
});

test("of a range that is narrower than what is kept, the page says that it can't tell", async () => {
  const { visitor } = await atUsedKey("Narrow");
  await visitor.button("Edit networks").click();
  await choose(visitor, ENFORCE, "127.0.0.7");
  await visitor.inDialog("Review").click();
  await visitor.dialog.getByText(/For \d requests?, this page can't tell/).waitFor();
  await visitor.dialog.getByText("Partly", { exact: true }).waitFor();
  await visitor.inDialog("Back").click();
  await choose(visitor, ENFORCE, `${"203.0.113.0/24\n".repeat(20)}203.0.114.0/24`);
  await visitor.inDialog("Review").click();
  await visitor.dialog.getByText("Enter at most 20 ranges. There are 21.").waitFor();
  // Leaving asks first, and a reload keeps what was entered.
  await visitor.page.keyboard.press("Escape");
  const question = visitor.page.getByRole("dialog", { name: "Discard this form?" });
  await question.getByRole("button", { name: "Stay" }).click();
  await question.waitFor({ state: "detached" });
  await visitor.page.reload();
  expect(await visitor.dialog.getByLabel("Addresses and ranges").inputValue()).toContain("203.0.114.0/24");
  await visitor.dialog.getByRole("radio", { name: "Any network", exact: true }).check();
  await visitor.inDialog("Save").click();
  await visitor.dialog.waitFor({ state: "detached" });
  await visitor.text("Works from any network").waitFor();
});

test("a network that was seen is added to the list, and lost responses and the API's complaints are told", async () => {
  const { visitor, keyId } = await atUsedKey("Added", { scopes: ["deprovisioning", "scim"] });
  await visitor.page.getByRole("button", { name: `Add to the list: ${HERE}` }).click();
  expect(await visitor.dialog.getByLabel("Addresses and ranges").inputValue()).toBe(HERE);
  expect(await visitor.dialog.getByRole("radio", { name: REPORT }).isChecked()).toBe(true);
  await visitor.dialog.getByText("Directories call from large ranges that change").waitFor();
  let answers: ("lost" | "refused")[] = ["lost", "refused"];
  await visitor.page.route(/\/admin\/v1\/api-keys\/[^/]+(\/try-networks)?$/, async (route) => {
    if (!["POST", "PATCH"].includes(route.request().method())) return route.fallback();
    switch (answers.shift()) {
      case "lost":
        return route.abort("connectionreset");
      case "refused":
        return route.fulfill({
          status: 400,
          json: {
            type: "urn:company-api-keys:problem:invalid-request",
            title: "The request is invalid",
            status: 400,
            errors: [{ field: "ranges[0]", detail: "must be another range" }],
          },
        });
      default:
        return route.fallback();
    }
  });
  await visitor.inDialog("Review").click();
  await visitor.dialog.getByText("What the list would refuse can't be shown").waitFor();
  await visitor.inDialog("Review").click();
  await visitor.dialog.getByText(`Line 1, “${HERE}”: Must be another range.`).waitFor();
  await visitor.inDialog("Review").click();
  await visitor.dialog.getByText(/would have refused 0 of \d/).waitFor();
  answers = ["lost"];
  await visitor.inDialog("Save").click();
  await visitor.dialog.getByText("The networks may or may not be saved").waitFor();
  await visitor.inDialog("Save").click();
  await visitor.text("API key Added is saved").waitFor();
  const { networks } = await world.stack.as<{ networks?: unknown }>(ADMIN, `/admin/v1/api-keys/${keyId}`);
  expect(networks).toEqual({ mode: "report", ranges: [HERE] });
});

test("a key is created with networks and a suspension limit", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.button("Create API Key").first().click();
  await visitor.dialog.getByLabel("Name").fill("Contained");
  await visitor.dialog.getByRole("button", { name: "Networks and suspension limit" }).click();
  await choose(visitor, ENFORCE, "");
  await visitor.dialog.getByRole("radio", { name: "A number for this key" }).check();
  await visitor.dialog.getByLabel("Accounts an hour").fill("1001");
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("Enter at least one address or range.").waitFor();
  await visitor.dialog.getByText("Enter a whole number of accounts from 1 to 1,000.").waitFor();
  await visitor.dialog.getByLabel("Addresses and ranges").fill(`${ELSEWHERE}, 2001:db8::/48`);
  await visitor.dialog.getByLabel("Accounts an hour").fill("7");
  await visitor.inDialog("Create API Key").click();
  await visitor.dialog.getByText("This API key is shown only now").waitFor();
  const key = await visitor.dialog.getByRole("textbox").inputValue();
  expect(await world.stack.suspendWith(key, ACCOUNT)).toBe(403);
  await visitor.inDialog("Close").click();
  await visitor.inDialog("Close without copying").click();
  await visitor.page.getByRole("link", { name: "Contained", exact: true }).click();
  await visitor.text("Enforced: other networks are refused").waitFor();
  await visitor.text("7 accounts an hour").waitFor();
  await visitor.text("Chosen for this key").waitFor();
});
