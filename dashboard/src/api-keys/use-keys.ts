import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { type ApiKey, data } from "../api/client";
import { useApi } from "../api/use-api";
import { type CursorPages, fillPage, useCursorPages } from "../common/cursor-pages";

export const OWNERS = ["all", "me"] as const;
export const STATES = ["active", "revoked", "expired", "all"] as const;

/** Which keys to list, by owner and state. */
export interface KeyFilter {
  owner: (typeof OWNERS)[number];
  state: (typeof STATES)[number];
}

/** The number of keys on a page. */
const PAGE_SIZE = 20;

/** The company's keys, newest first. */
export function useKeys(filter: KeyFilter): CursorPages<ApiKey> {
  const api = useApi();
  return useCursorPages(["api-keys", filter], (token) =>
    fillPage(PAGE_SIZE, token, async (nextToken) => {
      const query = nextToken ? { nextToken } : { ...filter, limit: PAGE_SIZE };
      const list = await data(api.GET("/admin/v1/api-keys", { params: { query } }));
      return { items: list.apiKeys, nextToken: list.nextToken };
    }),
  );
}

/** Makes every list of keys load again. */
export function useRefreshKeys(): () => void {
  const queries = useQueryClient();
  return useCallback(() => void queries.invalidateQueries({ queryKey: ["api-keys"] }), [queries]);
}
