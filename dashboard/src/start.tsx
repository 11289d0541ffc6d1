import "normalize.css";
import "@cloudscape-design/global-styles/dark-mode-utils.css";
import "./app.css";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import type { Config } from "./config";
import { loadFont } from "./font";
import { followAppearance } from "./shell/appearance";

/** If this script took longer than this to arrive, in milliseconds, the line is slow. */
const SLOW = 2_000;

/** Starts the page. It replaces what `index.html` shows while the page loads. */
export async function start(root: HTMLElement, config: Config): Promise<void> {
  followAppearance();
  // On a slow line the font would delay the API's first response by a second, so the page is shown without it.
  if (performance.now() < SLOW) await loadFont().catch(() => undefined);
  createRoot(root).render(<App config={config} />);
}
