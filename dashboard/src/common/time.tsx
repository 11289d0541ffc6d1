import type { ReactNode } from "react";

// Days are written and chosen in this calendar, too: two calendars in one page would name two days for one.
const GREGORIAN = { calendar: "gregory", numberingSystem: "latn" } as const;
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", ...GREGORIAN });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "short", ...GREGORIAN });

/** A time in the reader's time zone. Hovering shows the exact time in UTC. */
export function Time({ value }: { value: string }): ReactNode {
  const moment = new Date(value);
  return (
    <time dateTime={value} title={exactly(value)} className="time">
      <span>{DATE.format(moment)},</span> <span>{CLOCK.format(moment)}</span>
    </time>
  );
}

/** `Jan 31, 2026, 11:19 PM`, in the reader's language and time zone. */
export function readable(value: string): string {
  const moment = new Date(value);
  return `${DATE.format(moment)}, ${CLOCK.format(moment)}`;
}

/** `2026-01-31 22:19:42.841 UTC` */
export function exactly(value: string): string {
  return new Date(value).toISOString().replace("T", " ").replace("Z", " UTC");
}
