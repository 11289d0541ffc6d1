import { useEffect } from "react";

/** Names the place in the browser's tab and history. */
export function useTitle(place: string): void {
  useEffect(() => {
    document.title = `${place} · Company Dashboard`;
  }, [place]);
}
