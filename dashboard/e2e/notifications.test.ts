import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, type Visitor } from "./world";

const world = startStack();
const PAGE = "/dashboard/notifications";
const ROUTE = "**/admin/v1/notifications";

function choice(visitor: Visitor, name: string, page = visitor.page) {
  return page.getByRole("checkbox", { name });
}

async function save(visitor: Visitor, page = visitor.page): Promise<void> {
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Your notifications are saved").first().waitFor();
}

/** Which kinds of mail the administrator gets, according to the API. */
async function wanted(): Promise<string[]> {
  const { kinds } = await world.stack.as<{ kinds: { kind: string; wanted: boolean }[] }>(
    ADMIN,
    "/admin/v1/notifications",
  );
  return kinds.filter(({ wanted }) => wanted).map(({ kind }) => kind);
}

test("an administrator chooses which mails to get, and no choice is lost", async () => {
  const visitor = await world.visit();
  const { page } = visitor;
  let sent = false;
  await visitor.context.route(ROUTE, async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch();
    return route.fulfill({ response, json: { ...((await response.json()) as object), mail: { sent } } });
  });
  await visitor.signIn(ADMIN, "/dashboard/activity");
  await page.getByRole("link", { name: "Notifications" }).click();
  await page.getByRole("main").getByText(ADMIN).waitFor();
  await visitor.text("This service sends no mail").waitFor();
  sent = true;
  await visitor.button("Refresh").click();
  await visitor.text("This service sends no mail").waitFor({ state: "detached" });
  await visitor.context.unrouteAll({ behavior: "wait" });
  const boxes = page.getByRole("main").getByRole("checkbox");
  await expect(boxes).toHaveCount(6);
  expect(await boxes.evaluateAll((boxes) => boxes.map((box) => (box as HTMLInputElement).checked))).toEqual([
    true,
    true,
    true,
    true,
    true,
    false,
  ]);
  await expect(visitor.button("Save")).toBeDisabled();

  const other = await visitor.context.newPage();
  await other.goto(world.stack.page + PAGE);
  await other.getByLabel("Another account", { exact: true }).fill(ADMIN);
  await other.getByRole("button", { name: "Sign in" }).click();
  await choice(visitor, "A key leaked", other).uncheck();
  await choice(visitor, "A key is not used").check();
  await save(visitor);
  await save(visitor, other);
  expect(await wanted()).toEqual([
    "expiring",
    "used-after-end",
    "suspension-limit",
    "made-or-rotated",
    "unused",
  ]);
  await other.close();
  await page.reload();
  await expect(choice(visitor, "A key leaked")).not.toBeChecked();
  await expect(choice(visitor, "A key is not used")).toBeChecked();
  expect(visitor.complaints).toEqual([]);

  // A choice that can't be saved stays, and leaving asks first.
  const before = await wanted();
  let isBroken = true;
  await page.route(ROUTE, (route) =>
    isBroken && route.request().method() === "PUT" ? route.abort() : route.fallback(),
  );
  await choice(visitor, "A key stops working").uncheck();
  await visitor.button("Save").click();
  await visitor.text("Your notifications may or may not be saved").waitFor();
  await expect(choice(visitor, "A key stops working")).not.toBeChecked();
  expect(await wanted()).toEqual(before);

  const question = page.getByRole("dialog", { name: "Discard your changes?" });
  await page.getByRole("link", { name: "Members" }).click();
  await question.getByRole("button", { name: "Stay" }).click();
  // A reload keeps what was chosen.
  page.on("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await expect(choice(visitor, "A key stops working")).not.toBeChecked();
  isBroken = false;
  await save(visitor);
  expect(await wanted()).toEqual(before.filter((kind) => kind !== "expiring"));
  await choice(visitor, "A key stops working").check();
  await page.getByRole("link", { name: "Members" }).click();
  await question.getByRole("button", { name: "Discard" }).click();
  await page.waitForURL("**/dashboard/members");
  await page.goBack();
  await expect(choice(visitor, "A key stops working")).not.toBeChecked();
});
