import { useSyncExternalStore } from "react";

/** Whether the window is too narrow for a table; as in app.css. */
const NARROW = "(width < 700px)";

/** Whether the window is narrow, also when that changes. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => window.matchMedia(NARROW).matches);
}

function subscribe(listener: () => void): () => void {
  const query = window.matchMedia(NARROW);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}
