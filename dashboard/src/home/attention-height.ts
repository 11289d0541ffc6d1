import { type RefObject, useEffect, useRef } from "react";
import { keep, kept } from "../common/kept";
import { useSubject } from "../common/use-draft";

const WHAT = "attention-height";

/** A height in a window of a width, in pixels. */
interface Known {
  height: number;
  width: number;
}

/** The height that the keys which need attention had last, so that what is below doesn't move when they appear. */
export function useLastHeight(): number | undefined {
  const known = kept(useSubject(), WHAT) as Known | undefined;
  return known?.width === window.innerWidth ? known.height : undefined;
}

/** Remembers the height of an element while everything in it was read. */
export function useKeptHeight(isComplete: boolean): RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null);
  const subject = useSubject();
  useEffect(() => {
    const { current } = element;
    if (!current || !isComplete) return;
    const observer = new ResizeObserver(() => {
      const known: Known = { height: current.offsetHeight, width: window.innerWidth };
      keep(subject, WHAT, known);
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [subject, isComplete]);
  return element;
}
