import "normalize.css";
import "@cloudscape-design/global-styles/dark-mode-utils.css";
import "./app.css";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import type { Config } from "./config";
import { followAppearance } from "./shell/appearance";

/** Milliseconds; where this script took longer to arrive, the line is slow. */
const SLOW = 2_000;

/** Starts the page, in place of what `index.html` shows while it loads. */
export async function start(root: HTMLElement, config: Config): Promise<void> {
  followAppearance();
  // On a slow line the font would take a second from the API's first answer: the page is drawn without it.
  if (performance.now() < SLOW) await import("./fonts.css").catch(() => undefined);
  createRoot(root).render(<App config={config} />);
}
