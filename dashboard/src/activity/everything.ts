import type { AuditEvent } from "../api/client";
import { asProblem } from "../api/problem";
import type { Page } from "../common/cursor-pages";

/** The maximum number of events in one file. */
export const MOST_EVENTS = 50_000;
/** Pauses before a page that got no response is requested again, in milliseconds. */
const PAUSES = [1_000, 3_000];

/** What `readEverything` needs from outside. */
export interface ReadingTools {
  read: (token: string | undefined) => Promise<Page<AuditEvent>>;
  report: (count: number) => void;
  cancelled: () => boolean;
  wait: (milliseconds: number) => Promise<void>;
}

/** Events for a file, newest first. */
export interface Everything {
  events: AuditEvent[];
  /** Whether older matching events are omitted. */
  more: boolean;
}

/** Reads all events that a filter matches, up to the limit of one file. Returns nothing if it was cancelled. */
export async function readEverything(tools: ReadingTools): Promise<Everything | undefined> {
  const events: AuditEvent[] = [];
  let token: string | undefined;
  do {
    const page: Page<AuditEvent> | undefined = await readPage(token, tools);
    if (!page || tools.cancelled()) return undefined;
    // One at a time, because a call has a maximum number of arguments.
    for (const event of page.items) events.push(event);
    token = page.nextToken;
    tools.report(Math.min(events.length, MOST_EVENTS));
  } while (token && events.length < MOST_EVENTS);
  return { events: events.slice(0, MOST_EVENTS), more: Boolean(token) || events.length > MOST_EVENTS };
}

async function readPage(
  token: string | undefined,
  tools: ReadingTools,
): Promise<Page<AuditEvent> | undefined> {
  for (let failures = 0; ; failures += 1) {
    if (tools.cancelled()) return undefined;
    try {
      return await tools.read(token);
    } catch (error) {
      const pause = PAUSES[failures];
      if (tools.cancelled()) return undefined;
      if (pause === undefined || !asProblem(error).mayRetryNow) throw error;
      await tools.wait(pause);
    }
  }
}
