import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GUIDE_OF_SELF_ROTATION, guidesFor } from "../src/api-keys/usage";
import { GUIDES, guidePage } from "./guides";

const pages = new Map(
  GUIDES.map((name) => [
    `/guide-${name}.html`,
    guidePage(readFileSync(join(import.meta.dirname, `../../docs/${name}.md`), "utf8")),
  ]),
);

test("every scope has a guide, and so have keys that rotate themselves", () => {
  const scopes = ["deprovisioning", "scim", "audit-log", "accounts:read", "scim:read"];
  for (const scope of scopes) expect(guidesFor([scope]), scope).not.toEqual([]);
  const addresses = [...guidesFor(scopes).map(({ href }) => href), GUIDE_OF_SELF_ROTATION];
  for (const address of addresses) expect(pages.has(address), address).toBe(true);
});

test("every link in a guide leads somewhere", () => {
  const anchors = (html = "") => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  for (const [own, html] of pages) {
    for (const [, href = ""] of html.matchAll(/<a href="([^"]+)"/g)) {
      if (href.startsWith("http")) continue;
      const [page = "", fragment] = href.split("#");
      const target = pages.get(page === "" ? own : page);
      expect(target, `${own} links to ${href}`).toBeDefined();
      if (fragment) expect(anchors(target), `${own} links to ${href}`).toContain(fragment);
    }
  }
});

test("a link to a document that is not served becomes text", () => {
  const page = guidePage("# Title\n\n[a](scim.md#what), [b](operating.md), [c](https://example.com)\n");
  expect(page).toContain('<a href="/guide-scim.html#what">a</a>, b, <a href="https://example.com">c</a>');
  expect(page).toContain('<h1 id="title">Title</h1>');
});
