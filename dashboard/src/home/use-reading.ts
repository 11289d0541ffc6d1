import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { data } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { useActiveKeys } from "../api-keys/use-active-keys";
import { fillPage } from "../common/cursor-pages";
import { ACTIONS, type Reading, RECENT_DAYS } from "./rows";

const DAY = 24 * 60 * 60 * 1000;
/** The number of expired keys and of events that are read. */
const MOST = 100;
/** Milliseconds after which what was read is shown without the rest. */
const PATIENCE = 3_000;

/** What the reads are about, for the person who uses the page. */
const SUBJECTS: Record<keyof Reading, string> = {
  active: "active keys",
  expired: "expired keys",
  events: "uses of keys",
};

/** What was read to find the keys that need attention. */
export interface ReadingState {
  reading: Reading;
  /** Whether too little was read to show anything. */
  isWaiting: boolean;
  /** What is still being read for the first time. */
  pending: string[];
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
    reading: { active: reads.active.data, expired: reads.expired.data, events: reads.events.data },
    // What failed once is tried again, but nothing waits for it.
    isWaiting:
      !isAnythingRead || (!isLate && entries.some(([, read]) => read.isPending && read.failureCount === 0)),
    pending: subjects((read) => read.isPending),
    failed: first && {
      subjects: subjects(({ error }) => error !== null),
      problem: asProblem(first.error),
      retry: () => failing.forEach((read) => void read.refetch()),
    },
  };
}

/** The keys that have expired. Keys are listed by age, so one page has those of a company that keeps few old keys. */
function useExpiredKeys() {
  const api = useApi();
  return useQuery({
    queryKey: ["api-keys", "expired"],
    queryFn: async () => {
      const query = { state: "expired", limit: MOST } as const;
      return (await data(api.GET("/admin/v1/api-keys", { params: { query } }))).apiKeys;
    },
    staleTime: 0,
  });
}

/** The latest events about keys that need attention. */
function useEvents() {
  const api = useApi();
  return useQuery({
    // Below the name of the keys, so that they are read again whenever keys may have changed.
    queryKey: ["api-keys", "events that need attention"],
    queryFn: async () => {
      const first = {
        "filter[action]": ACTIONS.join(","),
        "filter[date][since]": new Date(Date.now() - RECENT_DAYS * DAY).toISOString(),
        maxResults: MOST,
      };
      const page = await fillPage(MOST, undefined, async (nextToken) => {
        const query = nextToken ? { nextToken } : first;
        const log = await data(api.GET("/admin/v1/audit-log", { params: { query } }));
        return { items: log.data, nextToken: log.nextToken };
      });
      return page.items;
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
