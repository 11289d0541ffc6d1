import { type RefObject, useEffect, useRef } from "react";

/** Puts the focus on the first field of a dialog, after the dialog has put the focus on itself. */
export function useFirstFocus<T extends { focus: () => void }>(): RefObject<T | null> {
  const field = useRef<T>(null);
  useEffect(() => {
    const frame = requestAnimationFrame(() => field.current?.focus());
    return () => cancelAnimationFrame(frame);
  }, []);
  return field;
}
