import { dayOf, startOfDay } from "../common/day";

const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;

/** Times to begin with that are one step away. */
export const OFFERED = [
  { label: "Last hour", millis: HOUR },
  { label: "Last 24 hours", millis: 24 * HOUR },
  { label: "Last 7 days", millis: 7 * 24 * HOUR },
] as const;

/** The time in an address. Undefined if there is none. */
export function sinceIn(query: URLSearchParams): string | undefined {
  const moment = new Date(query.get("since") ?? "");
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}

/** A time as it is entered: a day (`yyyy-mm-dd`) and a time of day (`hh:mm`), in the reader's time zone. */
export interface Entered {
  day: string;
  time: string;
}

/** The minute in which a time is. */
export function enteredOf(since: string): Entered {
  const moment = new Date(since);
  const digits = (value: number) => String(value).padStart(2, "0");
  return { day: dayOf(moment), time: `${digits(moment.getHours())}:${digits(moment.getMinutes())}` };
}

/** The time that was entered. Undefined if it is not a time. */
export function sinceOf({ day, time }: Entered): string | undefined {
  const start = startOfDay(day);
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(time) ?? [];
  const [hour, minute] = [Number(hours), Number(minutes)];
  if (!start || !(hour < 24) || !(minute < 60)) return undefined;
  return new Date(start.getFullYear(), start.getMonth(), start.getDate(), hour, minute).toISOString();
}
