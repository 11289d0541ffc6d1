import { expect, test } from "@playwright/test";
import { startStack } from "./fixture";
import { ADMIN, type Visitor } from "./world";

const world = startStack();

/** The slow line: 400 kbit/s each way, 400 ms until an answer begins. */
const BYTES_PER_SECOND = 400_000 / 8;
const LATENCY = 400;
/** Milliseconds within which the home page is usable. */
const USABLE = 8_000;
/**
 * What one after another waits for an answer on the way to the home page: the page, its script, the parts that the
 * script needs, and the viewer's company with the question of the browser whether it may ask for it.
 */
const ROUND_TRIPS = 5;

/** From now on the visitor has a slow line and an empty cache; gives the bytes that came over it. */
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

test("on a slow line there is something to read within 2.5 seconds, and the home page within 8", async () => {
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
  // What there is to load doesn't depend on how fast the machine is; for that, a twelfth of the time remains.
  const room = ((USABLE - ROUND_TRIPS * LATENCY) / 1000) * BYTES_PER_SECOND;
  expect(needed).toBeGreaterThan(50_000);
  expect(needed).toBeLessThan((11 / 12) * room);
  expect(usable).toBeLessThan(USABLE);
  expect(visitor.complaints).toEqual([]);
});

test("when the page can't be loaded, it says so, and loads when it can", async () => {
  const visitor = await world.visit();
  let broken = true;
  await visitor.page.route("**/config.json", (route) => (broken ? route.abort() : route.continue()));
  await visitor.open("/");
  await visitor.text("The Company Dashboard could not be loaded").waitFor();
  broken = false;
  await visitor.button("Try again").click();
  await visitor.text("Development sign-in").waitFor();
});
