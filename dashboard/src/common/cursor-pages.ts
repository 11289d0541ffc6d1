import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem, type Problem } from "../api/problem";

/** A page of a list, and where the next one begins. */
export interface Page<T> {
  items: T[];
  nextToken?: string | undefined;
}

/** The maximum number of requests for one page or one list. The API returns short pages if a filter matches little. */
const REQUESTS = 10;

/** Fills a page from a list whose pages may be short or empty and still have a next one. */
export function fillPage<T>(size: number, token: string | undefined, fetch: Fetch<T>): Promise<Page<T>> {
  // Half a page is enough, because the next response might not fit.
  return readUntil((count) => count * 2 > size, token, fetch);
}

/** Reads a list from its beginning. If it has more than `most` items or takes too many requests, there is a `nextToken`. */
export function readMost<T>(most: number, fetch: Fetch<T>): Promise<Page<T>> {
  return readUntil((count) => count >= most, undefined, fetch);
}

type Fetch<T> = (token: string | undefined) => Promise<Page<T>>;

async function readUntil<T>(
  isEnough: (count: number) => boolean,
  token: string | undefined,
  fetch: Fetch<T>,
): Promise<Page<T>> {
  const items: T[] = [];
  let nextToken = token;
  for (let request = 0; request < REQUESTS; request += 1) {
    const page = await fetch(nextToken);
    items.push(...page.items);
    nextToken = page.nextToken;
    if (!nextToken || isEnough(items.length)) break;
  }
  return { items, nextToken };
}

/** The pages of a list that is read from token to token. `index` begins at 1. */
export interface CursorPages<T> {
  items: readonly T[] | undefined;
  problem: Problem | undefined;
  loading: boolean;
  index: number;
  count: number;
  openEnd: boolean;
  goTo: (index: number) => void;
  refresh: () => void;
}

/** Reads a list page by page, while it is enabled. */
export function useCursorPages<T>(
  key: QueryKey,
  fetch: (token: string | undefined) => Promise<Page<T>>,
  isEnabled = true,
): CursorPages<T> {
  const [index, setIndex] = useState(1);
  const identity = JSON.stringify(key);
  const [shown, setShown] = useState(identity);
  if (shown !== identity) {
    // A different list begins at its first page.
    setShown(identity);
    setIndex(1);
  }
  const query = useInfiniteQuery({
    queryKey: key,
    enabled: isEnabled,
    queryFn: ({ pageParam }) => fetch(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextToken,
  });
  const pages = query.data?.pages ?? [];
  const goTo = async (wanted: number) => {
    if (wanted > pages.length && !(await query.fetchNextPage()).isSuccess) return;
    setIndex(wanted);
  };
  return {
    items: pages[Math.min(index, pages.length) - 1]?.items,
    problem: query.error ? asProblem(query.error) : undefined,
    loading: query.isFetching,
    index,
    count: Math.max(pages.length, 1),
    openEnd: query.hasNextPage,
    goTo: (wanted) => void goTo(wanted),
    refresh: () => void query.refetch(),
  };
}
