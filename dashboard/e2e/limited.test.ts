import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN } from "./world";

const world = startStack();

test("the list shows that a limit refused requests with a key", async () => {
  await world.stack.provision({ operation: "change-limits", companyId: "acme", limits: { key: 100 } });
  const { key } = await world.stack.createKey(ADMIN, "Busy");
  await world.stack.createKey(ADMIN, "Calm");
  const visitor = await world.visit();
  await visitor.signIn(ADMIN, "/dashboard/api-keys");
  await visitor.row("Busy").waitFor();
  expect(await visitor.text("Limited").count()).toBe(0);

  // A minute may end in between, but not twice.
  let refused = 0;
  for (let request = 0; refused === 0 && request < 250; request++) {
    refused += Number((await world.stack.suspendWith(key, "member-1@acme.example")) === 429);
  }
  expect(refused).toBe(1);
  const limited = visitor.row("Busy").getByText("Limited");
  await expect
    .poll(
      async () => {
        await visitor.button("Refresh").click();
        return limited.count();
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  await visitor.row("Busy").getByText("Too many requests with this key in a minute").waitFor();
  expect(await visitor.row("Calm").getByText("Limited").count()).toBe(0);
  expect(await visitor.violations()).toEqual([]);

  for (const scheme of ["light", "dark"] as const) {
    await visitor.page.emulateMedia({ colorScheme: scheme });
    for (const width of [320, 1280]) {
      await visitor.page.setViewportSize({ width, height: 900 });
      // On a narrow page the list has no rows.
      await visitor.scrollTo(visitor.text(/^Limited$/));
      const overflows = await visitor.page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      expect(overflows).toBe(false);
      expect(await visitor.violations()).toEqual([]);
      await visitor.page.screenshot({ path: test.info().outputPath(`limited-${scheme}-${width}.png`) });
    }
  }

  await visitor.open("/dashboard/activity");
  await visitor.text("changed the company's limits of requests").waitFor();
  await visitor
    .text("Requests a minute: 100 with a key, 120 of them to the audit log, 6,000 with all keys.")
    .waitFor();
});
