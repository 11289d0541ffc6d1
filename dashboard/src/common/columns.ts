import { type RefObject, useLayoutEffect, useRef, useState } from "react";

/** The properties that decide whether a column is shown. */
export interface ColumnWidth {
  id: string;
  minWidth: number;
  /** The rank in which columns are hidden if there is too little room, the highest first. Without a rank, a column stays. */
  leaves?: number;
}

/**
 * Divides columns into those that fit next to each other in this width, and those that don't. `needed` is the width of
 * the shown columns. It is more than the given width if there are too many columns without a rank.
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

/** The width of an element, updated when it changes. It is known before the first painting. */
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
