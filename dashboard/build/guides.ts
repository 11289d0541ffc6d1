import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Marked } from "marked";
import type { Plugin } from "vite";

/** The documents in the repository's `docs/` for people who use an API key. */
export const GUIDES = [
  "deprovisioning",
  "scim",
  "okta",
  "entra-id",
  "siem",
  "secret-managers",
  "audit-actions",
  "errors",
];

const DOCS = join(import.meta.dirname, "../../docs");

/** Serves the documents together with the page: `docs/scim.md` becomes `/guide-scim.html`. */
export function guides(): Plugin {
  return {
    name: "guides",
    generateBundle() {
      for (const name of GUIDES) {
        this.emitFile({ type: "asset", fileName: `guide-${name}.html`, source: guide(name) });
      }
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const name = /^\/guide-([\w-]+)\.html/.exec(request.url ?? "")?.[1];
        if (!name || !GUIDES.includes(name)) return next();
        response.setHeader("Content-Type", "text/html").end(guide(name));
      });
    },
  };
}

/** A document as a page. */
function guide(name: string): string {
  return guidePage(readFileSync(join(DOCS, `${name}.md`), "utf8"));
}

/** Markdown as a page without scripts. */
export function guidePage(markdown: string): string {
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? "Documentation";
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${anchor(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const target = address(href);
        // A document that is not a guide is not served, so a link to it becomes text.
        const text = this.parser.parseInline(tokens);
        return target === undefined ? text : `<a href="${target}">${text}</a>`;
      },
    },
  });
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} · Company Dashboard</title>
    <link rel="stylesheet" href="/guide.css" />
    <link rel="icon" type="image/svg+xml" href="/icon.svg" />
  </head>
  <body>
    <main>
      <p class="note">
        In the examples, replace <code>http://localhost:3000</code> with the address of the API. The
        Company Dashboard shows it together with a new API key.
      </p>
      ${marked.parse(markdown, { async: false })}
    </main>
  </body>
</html>
`;
}

/** Where a link of a document leads from its page. */
function address(href: string): string | undefined {
  if (/^(https?:|#)/.test(href)) return href;
  const [, name, fragment = ""] = /^([\w-]+)\.md(#.*)?$/.exec(href) ?? [];
  return name && GUIDES.includes(name) ? `/guide-${name}.html${fragment}` : undefined;
}

/** `What is supported` as `what-is-supported`. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .trim()
    .replace(/\s/g, "-");
}
