import type { HtmlTagDescriptor, Plugin } from "vite";

/**
 * Makes `index.html` name the files that `src/main.ts` imports later. The browser then loads them at once, and shows
 * `index.html` without waiting for them.
 */
export function preloadStart(): Plugin {
  return {
    name: "preload-start",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle = {} }) {
        const [scripts, styles] = [new Set<string>(), new Set<string>()];
        const add = (file: string) => {
          const chunk = bundle[file];
          if (chunk?.type !== "chunk" || scripts.has(file)) return;
          scripts.add(file);
          chunk.viteMetadata?.importedCss.forEach((style) => styles.add(style));
          chunk.imports.forEach(add);
        };
        const start = Object.values(bundle).find(
          (chunk) => chunk.type === "chunk" && chunk.moduleIds.some((id) => id.endsWith("/src/start.tsx")),
        );
        if (!start) throw new Error("src/start.tsx is not in the build");
        add(start.fileName);
        const link = (attrs: Record<string, string | boolean>): HtmlTagDescriptor => ({
          tag: "link",
          injectTo: "head",
          attrs: { ...attrs, crossorigin: true },
        });
        return [
          ...[...scripts].map((file) => link({ rel: "modulepreload", href: `/${file}` })),
          ...[...styles].map((file) => link({ rel: "preload", as: "style", href: `/${file}` })),
        ];
      },
    },
  };
}
