import { useEffect, useRef, useState } from "react";
import { data } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi, useScopeTitle } from "../api/use-api";
import { download } from "../common/download";
import { readEverything } from "./everything";
import { eventsAsCsv, eventsAsNdjson } from "./files";
import type { ActivityFilter } from "./filter";
import { parameters } from "./use-activity";

/** The number of events in one request of a download. */
const PAGE_SIZE = 1_000;

/** The format of a downloaded file. */
export type Format = "csv" | "ndjson";

/** The state of a download. */
export type DownloadState =
  | { kind: "reading"; count: number }
  /** The file is saved, but it omits the events that are older than its last one. */
  | { kind: "incomplete"; count: number; oldest: string }
  | { kind: "failed"; problem: Problem };

/** Downloads all events that a filter matches. */
export interface Download {
  state: DownloadState | undefined;
  start: (filter: ActivityFilter, format: Format) => void;
  /** Cancels a running download, and dismisses the state of an ended one. */
  cancel: () => void;
}

/** One download at a time; it ends with the component. */
export function useDownload(): Download {
  const api = useApi();
  const title = useScopeTitle();
  const [state, setState] = useState<DownloadState>();
  const reading = useRef<AbortController>(undefined);
  useEffect(() => () => reading.current?.abort(), []);
  const cancel = () => {
    reading.current?.abort();
    setState(undefined);
  };
  const start = async (filter: ActivityFilter, format: Format) => {
    reading.current?.abort();
    const { signal } = (reading.current = new AbortController());
    const first = parameters(filter, PAGE_SIZE);
    setState({ kind: "reading", count: 0 });
    try {
      const found = await readEverything({
        read: async (nextToken) => {
          const query = nextToken ? { nextToken, maxResults: PAGE_SIZE } : first;
          const log = await data(api.GET("/admin/v1/audit-log", { params: { query }, signal }));
          return { items: log.data, nextToken: log.nextToken };
        },
        report: (count) => setState({ kind: "reading", count }),
        cancelled: () => signal.aborted,
        wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      });
      if (!found) return;
      const { events, more } = found;
      if (format === "csv") download("activity.csv", "text/csv", eventsAsCsv(events, title));
      else download("activity.ndjson", "application/x-ndjson", eventsAsNdjson(events));
      const oldest = events.at(-1)?.date ?? "";
      setState(more ? { kind: "incomplete", count: events.length, oldest } : undefined);
    } catch (error) {
      if (!signal.aborted) setState({ kind: "failed", problem: asProblem(error) });
    }
  };
  return { state, start: (filter, format) => void start(filter, format), cancel };
}
