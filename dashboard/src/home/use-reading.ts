import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type ApiKey, type AuditEvent, data } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { useActiveKeys } from "../api-keys/use-active-keys";
import { type Page, readMost } from "../common/cursor-pages";
import { readEvents } from "./read-events";
import { type Reading, RECENT_DAYS } from "./rows";

const DAY = 24 * 60 * 60 * 1000;
/** The number of expired keys in one request, the maximum of the API, and of those that are read. */
const [KEYS_AT_ONCE, MOST_KEYS] = [100, 1_000];
/** The number of events in one request, and of those that are read. More would take long on a slow line. */
const [EVENTS_AT_ONCE, MOST_EVENTS] = [1_000, 2_000];
/** Milliseconds after which what was read is shown without the rest. */
const PATIENCE = 3_000;

/** What the reads are about, for the person who uses the page. */
const SUBJECTS: Record<keyof Reading, string> = {
  active: "active keys",
  expired: "expired keys",
  events: "events about keys",
};

/** What was read to find the keys that need attention. */
export interface ReadingState {
  reading: Reading;
  /** Whether too little was read to show anything. */
  isWaiting: boolean;
  /** What is still being read for the first time. */
  pending: string[];
  /** What there is more of than is read. */
  more: Exclude<keyof Reading, "active">[];
  /** What could not be read, and why. */
  failed: { subjects: string[]; problem: Problem; retry: () => void } | undefined;
}

/** Reads what is needed to find the keys that need attention. One read that fails or is slow doesn't hide the others. */
export function useReading(): ReadingState {
  const reads = {
    active: useActiveKeys({ isEnabled: true }),
    expired: useExpiredKeys(),
    events: useEvents(),
  };
  const isLate = useIsLate();
  const entries = Object.entries(reads) as [keyof Reading, UseQueryResult][];
  const subjects = (is: (read: UseQueryResult) => boolean) =>
    entries.filter(([, read]) => is(read)).map(([name]) => SUBJECTS[name]);
  const failing = entries.map(([, read]) => read).filter(({ error }) => error !== null);
  const [first] = failing;
  const isAnythingRead = entries.some(([, read]) => read.data !== undefined || read.error !== null);
  return {
    reading: {
      active: reads.active.data,
      expired: reads.expired.data?.items,
      events: reads.events.data?.items,
    },
    // What failed once is tried again, but nothing waits for it.
    isWaiting:
      !isAnythingRead || (!isLate && entries.some(([, read]) => read.isPending && read.failureCount === 0)),
    pending: subjects((read) => read.isPending),
    more: (["expired", "events"] as const).filter((name) => reads[name].data?.nextToken !== undefined),
    failed: first && {
      subjects: subjects(({ error }) => error !== null),
      problem: asProblem(first.error),
      retry: () => failing.forEach((read) => void read.refetch()),
    },
  };
}

/** The keys that have expired. Keys are listed by age, so the last one of the list may have expired yesterday. */
function useExpiredKeys(): UseQueryResult<Page<ApiKey>> {
  const api = useApi();
  return useQuery({
    queryKey: ["api-keys", "expired"],
    queryFn: () =>
      readMost(MOST_KEYS, async (nextToken) => {
        const query = { state: "expired", limit: KEYS_AT_ONCE, ...(nextToken && { nextToken }) } as const;
        const list = await data(api.GET("/admin/v1/api-keys", { params: { query } }));
        return { items: list.apiKeys, nextToken: list.nextToken };
      }),
    staleTime: 0,
  });
}

/** The latest events about keys that need attention. */
function useEvents(): UseQueryResult<Page<AuditEvent>> {
  const api = useApi();
  return useQuery({
    // Below the name of the keys, so that they are read again whenever keys may have changed.
    queryKey: ["api-keys", "events that need attention"],
    queryFn: () => {
      const since = new Date(Date.now() - RECENT_DAYS * DAY).toISOString();
      return readEvents((actions) =>
        readMost(MOST_EVENTS, async (nextToken) => {
          const first = { "filter[action]": actions.join(","), "filter[date][since]": since };
          const query = { maxResults: EVENTS_AT_ONCE, ...(nextToken ? { nextToken } : first) };
          const log = await data(api.GET("/admin/v1/audit-log", { params: { query } }));
          return { items: log.data, nextToken: log.nextToken };
        }),
      );
    },
    staleTime: 0,
  });
}

/** Whether the person has waited for long. */
function useIsLate(): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  return isLate;
}
