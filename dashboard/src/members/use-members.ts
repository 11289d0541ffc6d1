import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { type Account, type AccountResult, type Api, data } from "../api/client";
import { useApi } from "../api/use-api";
import { type CursorPages, fillPage, useCursorPages } from "../common/cursor-pages";
import type { Undo } from "./run-store";

export const STATES = ["all", "active", "suspended"] as const;

/** Which accounts to list, by name or address and state. */
export interface MemberFilter {
  /** A part of the name or address. */
  search: string;
  state: (typeof STATES)[number];
}

/** The change of accounts. */
export type Change = "suspend" | "unsuspend";

/** The maximum number of accounts in one request. */
export const BATCH = 100;
/** The number of members on a page. */
const PAGE_SIZE = 50;

/** The company's accounts, in the order of their addresses, or in the order of their IDs in a search. */
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

/** Makes every list of members, and of keys with their owners, load again. */
export function useRefreshMembers(): () => void {
  const queries = useQueryClient();
  return useCallback(() => {
    void queries.invalidateQueries({ queryKey: ["members"] });
    void queries.invalidateQueries({ queryKey: ["api-keys"] });
  }, [queries]);
}

/** Changes up to 100 accounts. Returns one result for each, in the given order. */
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

/** Takes back that a key suspended up to 100 accounts. Returns one result for each, in the given order. */
export async function undoSuspensions(
  api: Api,
  { keyId, since, undoId }: Undo,
  accounts: readonly string[],
): Promise<{ undoId: string; results: AccountResult[] }> {
  const params = { path: { keyId } };
  const body = { since, accounts: [...accounts], ...(undoId && { undoId }) };
  return data(api.POST("/admin/v1/api-keys/{keyId}/undo-suspensions", { params, body }));
}
