import { loadConfig } from "./config";

const root = document.getElementById("root") as HTMLElement;

// Both load at once, because loading one after the other would take one more round trip on a slow line.
Promise.all([import("./start"), loadConfig()]).then(([{ start }, config]) => start(root, config), failed);

/** Says that the page can't be loaded. It tries again by itself when the browser is online again. */
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
