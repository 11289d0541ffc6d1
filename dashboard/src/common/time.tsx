import type { ReactNode } from "react";

const READABLE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** A moment in the reader's zone; its exact UTC on hover. */
export function Time({ value }: { value: string }): ReactNode {
  return (
    <time dateTime={value} title={exactly(value)} className="time">
      {readable(value)}
    </time>
  );
}

/** `Jan 31, 2026, 11:19 PM`, in the reader's language and zone. */
export function readable(value: string): string {
  return READABLE.format(new Date(value));
}

/** `2026-01-31 22:19:42.841 UTC` */
export function exactly(value: string): string {
  return new Date(value).toISOString().replace("T", " ").replace("Z", " UTC");
}
