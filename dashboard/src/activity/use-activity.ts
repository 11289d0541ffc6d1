import { useInfiniteQuery } from "@tanstack/react-query";
import { type AuditEvent, data } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { fillPage } from "../common/cursor-pages";
import { type ActivityFilter, type Span, span } from "./filter";

/** The number of events in one request. */
const PAGE_SIZE = 100;

/** The part of the audit log that was read. */
export interface Activity {
  events: readonly AuditEvent[] | undefined;
  problem: Problem | undefined;
  loading: boolean;
  /** Whether there may be older events. */
  hasMore: boolean;
  loadingMore: boolean;
  loadMore: () => void;
  refresh: () => void;
}

/** The events that a filter matches, newest first. */
export function useActivity(filter: ActivityFilter): Activity {
  const api = useApi();
  const enabled = span(filter, new Date()) !== undefined;
  const query = useInfiniteQuery({
    queryKey: ["activity", filter],
    enabled,
    // People come here to see what was just done.
    staleTime: 0,
    queryFn: ({ pageParam }) =>
      fillPage(PAGE_SIZE, pageParam, async (nextToken) => {
        const query = nextToken ? { nextToken } : parameters(filter, PAGE_SIZE);
        const log = await data(api.GET("/admin/v1/audit-log", { params: { query } }));
        return { items: log.data, nextToken: log.nextToken };
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextToken,
  });
  return {
    events: enabled ? query.data?.pages.flatMap((page) => page.items) : [],
    problem: query.error ? asProblem(query.error) : undefined,
    loading: query.isFetching,
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
    refresh: () => void query.refetch(),
  };
}

/** The parameters of a request for the events that a filter matches. */
export function parameters(filter: ActivityFilter, maxResults: number) {
  const { since, until }: Partial<Span> = span(filter, new Date()) ?? {};
  return {
    maxResults,
    ...(since && { "filter[date][since]": since }),
    ...(until && { "filter[date][until]": until }),
    ...(filter.actions.length > 0 && { "filter[action]": filter.actions.join(",") }),
    ...(filter.involving && { "filter[involving]": filter.involving }),
  };
}
