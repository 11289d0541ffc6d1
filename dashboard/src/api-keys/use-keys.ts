import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { type ApiKey, data, type Me } from "../api/client";
import { asProblem } from "../api/problem";
import { useApi } from "../api/use-api";
import { type CursorPages, fillPage, useCursorPages } from "../common/cursor-pages";
import { found, type KeyFilter } from "./finding";
import { useActiveKeys } from "./use-active-keys";

/** The number of keys on a page of a list that is not read as a whole. */
const PAGE_SIZE = 20;

/** The keys that a filter matches. */
export interface Keys extends CursorPages<ApiKey> {
  /** All active keys of the company, if the list shows active keys and they were read. */
  active: readonly ApiKey[] | undefined;
}

/** The keys that a filter matches. Active keys are all read at once. Others are read page by page, newest first. */
export function useKeys(filter: KeyFilter, me: Me | undefined): Keys {
  const isActive = filter.state === "active";
  const active = useActiveKeys({ isEnabled: isActive });
  const pages = useKeyPages(filter, !isActive);
  if (!isActive) return { ...pages, active: undefined };
  const accountId = me?.account.accountId ?? "";
  return {
    active: active.data,
    items: active.data && found(active.data, filter, { accountId, now: new Date() }),
    problem: active.error ? asProblem(active.error) : undefined,
    loading: active.isFetching,
    index: 1,
    count: 1,
    openEnd: false,
    goTo: () => undefined,
    refresh: () => void active.refetch(),
  };
}

function useKeyPages({ owner, state, search }: KeyFilter, isEnabled: boolean): CursorPages<ApiKey> {
  const api = useApi();
  return useCursorPages(
    ["api-keys", { owner, state, search }],
    (token) =>
      fillPage(PAGE_SIZE, token, async (nextToken) => {
        const query = nextToken
          ? { nextToken }
          : { owner, state, limit: PAGE_SIZE, ...(search && { search }) };
        const list = await data(api.GET("/admin/v1/api-keys", { params: { query } }));
        return { items: list.apiKeys, nextToken: list.nextToken };
      }),
    isEnabled,
  );
}

/** Makes every list of keys, and every key's page, load again. */
export function useRefreshKeys(): () => void {
  const queries = useQueryClient();
  return useCallback(() => void queries.invalidateQueries({ queryKey: ["api-keys"] }), [queries]);
}
