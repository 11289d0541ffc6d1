import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, type Visitor } from "./world";

const world = startStack();

/** The slow line: 400 kbit/s each way, 400 ms until a response begins. */
const BYTES_PER_SECOND = 400_000 / 8;
const LATENCY = 400;
/** Milliseconds within which the home page is usable. */
const USABLE = 8_000;
/**
 * The round trips to the home page: the page, its script, the parts that the script needs, the browser's preflight
 * request, and the viewer's company.
 */
const ROUND_TRIPS = 5;

/** Gives the visitor a slow line and an empty cache. Returns the number of bytes loaded since. */
async function slowLine(visitor: Visitor): Promise<() => number> {
  const { session, bytes } = await visitor.countBytes();
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: LATENCY,
    downloadThroughput: BYTES_PER_SECOND,
    uploadThroughput: BYTES_PER_SECOND,
  });
  return bytes;
}

test("on a slow line, the first text appears within 2.5 seconds and the home page within 8", async () => {
  const visitor = await world.visit();
  await visitor.signIn(ADMIN);
  await visitor.button("Manage API keys").waitFor();
  const bytes = await slowLine(visitor);
  const begin = Date.now();
  await visitor.page.goto(world.stack.page, { waitUntil: "commit" });
  await visitor.text("Loading…").waitFor();
  await visitor.page.getByRole("heading", { name: "Company Dashboard" }).waitFor();
  await visitor.button("Manage API keys").waitFor();
  const usable = Date.now() - begin;
  const needed = bytes();
  const painted = await visitor.page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
  );
  console.log(`read after ${painted} ms, usable after ${usable} ms, ${needed} bytes`);
  expect(painted).toBeLessThan(2_500);
  // The number of bytes doesn't depend on the machine's speed. A twelfth of the time remains for a slow machine.
  const room = ((USABLE - ROUND_TRIPS * LATENCY) / 1000) * BYTES_PER_SECOND;
  expect(needed).toBeGreaterThan(50_000);
  expect(needed).toBeLessThan((11 / 12) * room);
  expect(usable).toBeLessThan(USABLE);
  expect(visitor.complaints).toEqual([]);
});

test("if the page can't be loaded, it says so, and it can be loaded again", async () => {
  const visitor = await world.visit();
  let broken = true;
  await visitor.page.route("**/config.json", (route) => (broken ? route.abort() : route.continue()));
  await visitor.open("/");
  await visitor.text("The Company Dashboard could not be loaded").waitFor();
  broken = false;
  await visitor.button("Try again").click();
  await visitor.text("Development sign-in").waitFor();
});
