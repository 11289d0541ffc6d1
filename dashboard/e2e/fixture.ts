import { type BrowserContextOptions, test } from "@playwright/test";
import { Stack, Visitor } from "./world";

/** A stack for the tests of a file, and visitors whose browsers are closed after each test. */
export function startStack(): { stack: Stack; visit: (options?: BrowserContextOptions) => Promise<Visitor> } {
  const visitors: Visitor[] = [];
  const used = {
    stack: undefined as unknown as Stack,
    visit: async (options?: BrowserContextOptions) => {
      const visitor = await Visitor.start(used.stack, options);
      visitors.push(visitor);
      return visitor;
    },
  };
  test.beforeAll(async () => {
    used.stack = await Stack.start();
  });
  test.afterEach(async () => {
    for (const visitor of visitors.splice(0)) await visitor.stop();
  });
  test.afterAll(() => used.stack.stop());
  return used;
}
