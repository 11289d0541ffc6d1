import "normalize.css";
import "@cloudscape-design/global-styles/dark-mode-utils.css";
import "./fonts.css";
import "./app.css";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { loadConfig } from "./config";
import { followAppearance } from "./shell/appearance";

followAppearance();
const root = createRoot(document.getElementById("root") as HTMLElement);
loadConfig().then(
  (config) => root.render(<App config={config} />),
  (error: Error) =>
    root.render(
      <main className="centred" role="alert">
        {error.message}
      </main>,
    ),
);
