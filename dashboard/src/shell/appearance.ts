import { applyMode, Mode } from "@cloudscape-design/global-styles";

/** Makes the page light or dark like the reader's system, also when that changes. */
export function followAppearance(): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => applyMode(dark.matches ? Mode.Dark : Mode.Light);
  dark.addEventListener("change", apply);
  apply();
}
