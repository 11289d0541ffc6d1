import { type RefObject, useLayoutEffect, useRef, useState } from "react";

/** What deciding about a column takes. */
export interface ColumnWidth {
  id: string;
  minWidth: number;
  /** Columns with a rank leave when there is too little room, the highest rank first. The others stay. */
  leaves?: number;
}

/**
 * Divides columns into those that fit beside each other in this width, and those that don't. `needed` is what those that
 * are shown take: more than the width, where those that stay are too many.
 */
export function fitting<C extends ColumnWidth>(
  columns: readonly C[],
  width: number,
): { shown: C[]; left: C[]; needed: number } {
  const left = new Set<C>();
  const leaving = columns
    .filter((column) => column.leaves !== undefined)
    .sort((a, b) => (b.leaves ?? 0) - (a.leaves ?? 0));
  let needed = columns.reduce((sum, { minWidth }) => sum + minWidth, 0);
  for (const column of leaving) {
    if (needed <= width) break;
    left.add(column);
    needed -= column.minWidth;
  }
  return {
    shown: columns.filter((column) => !left.has(column)),
    left: columns.filter((column) => left.has(column)),
    needed,
  };
}

/** The width of an element, also when it changes; known before the first painting. */
export function useWidth(): [RefObject<HTMLDivElement | null>, number] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return;
    const measure = () => setWidth(current.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
