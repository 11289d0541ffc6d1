import { readFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";
import { expect, test } from "vitest";

test("the types are generated from the current openapi.json (if not, run npm run schema)", async () => {
  const description = new URL("../../../openapi.json", import.meta.url);
  const generated = astToString(await openapi(description));
  const kept = await readFile(new URL("schema.ts", import.meta.url), "utf8");
  // The generator's command line puts a comment before the types.
  expect(kept.endsWith(generated)).toBe(true);
});
