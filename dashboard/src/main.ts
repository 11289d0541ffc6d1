import { loadConfig } from "./config";

const root = document.getElementById("root") as HTMLElement;

// Both at once: on a slow line, one after the other would take a round trip more.
Promise.all([import("./start"), loadConfig()]).then(([{ start }, config]) => start(root, config), failed);

/** Says that the page can't be loaded; tries again by itself when the browser is online again. */
function failed(): void {
  const main = document.createElement("main");
  main.className = "first";
  main.setAttribute("role", "alert");
  const text = document.createElement("p");
  text.textContent = "The Company Dashboard could not be loaded. Check your connection and try again.";
  const again = document.createElement("button");
  again.textContent = "Try again";
  again.addEventListener("click", () => window.location.reload());
  main.append(text, again);
  root.replaceChildren(main);
  window.addEventListener("online", () => window.location.reload());
}
