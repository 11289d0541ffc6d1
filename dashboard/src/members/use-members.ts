import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { type Account, type AccountResult, type Api, data } from "../api/client";
import { useApi } from "../api/use-api";
import { type CursorPages, fillPage, useCursorPages } from "../common/cursor-pages";

export const STATES = ["all", "active", "suspended"] as const;

/** Who, in which state. */
export interface MemberFilter {
  /** What the name or an address holds. */
  search: string;
  state: (typeof STATES)[number];
}

/** What is done to accounts. */
export type Change = "suspend" | "unsuspend";

/** Most accounts that one request may name. */
export const BATCH = 25;
/** Members on a page. */
const PAGE_SIZE = 50;

/** The company's accounts, in the order of their addresses; in a search, in that of their IDs. */
export function useMembers(filter: MemberFilter): CursorPages<Account> {
  const api = useApi();
  return useCursorPages(["members", filter], (token) =>
    fillPage(PAGE_SIZE, token, async (nextToken) => {
      const { search, state } = filter;
      const query = nextToken ? { nextToken } : { ...(search && { search }), state, limit: PAGE_SIZE };
      const list = await data(api.GET("/admin/v1/accounts", { params: { query } }));
      return { items: list.accounts, nextToken: list.nextToken };
    }),
  );
}

/** Has every list of members, and of keys with their owners, read again. */
export function useRefreshMembers(): () => void {
  const queries = useQueryClient();
  return useCallback(() => {
    void queries.invalidateQueries({ queryKey: ["members"] });
    void queries.invalidateQueries({ queryKey: ["api-keys"] });
  }, [queries]);
}

/** Changes up to 25 accounts; one result each, in the order given. */
export async function changeAccounts(
  api: Api,
  change: Change,
  accounts: readonly string[],
): Promise<AccountResult[]> {
  const body = { accounts: [...accounts] };
  const { results } = await data(
    change === "suspend"
      ? api.POST("/admin/v1/accounts/suspend", { body })
      : api.POST("/admin/v1/accounts/unsuspend", { body }),
  );
  return results;
}
