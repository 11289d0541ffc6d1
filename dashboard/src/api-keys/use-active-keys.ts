import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { type ApiKey, data } from "../api/client";
import { useApi } from "../api/use-api";

/** The company's active keys. `repeat` is the number of milliseconds after which the list is read again while it is visible. */
export function useActiveKeys(options: {
  isEnabled: boolean;
  repeat?: (keys: readonly ApiKey[] | undefined) => number | false;
}): UseQueryResult<ApiKey[]> {
  const api = useApi();
  return useQuery({
    // A company has at most 50 active keys, so one page contains all of them.
    queryKey: ["api-keys", "all-active"],
    queryFn: async () => {
      const query = { state: "active", limit: 100 } as const;
      return (await data(api.GET("/admin/v1/api-keys", { params: { query } }))).apiKeys;
    },
    enabled: options.isEnabled,
    staleTime: 0,
    refetchInterval: ({ state }) => options.repeat?.(state.data) ?? false,
  });
}
