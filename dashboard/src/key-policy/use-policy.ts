import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { data, type KeyPolicyState, type NewKeyPolicy } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";

const KEY = ["key-policy"];

/** The company's key policy, and the keys that break it. */
export function usePolicy(): {
  state: KeyPolicyState | undefined;
  problem: Problem | undefined;
  loading: boolean;
  refresh: () => void;
} {
  const api = useApi();
  const query = useQuery({
    queryKey: KEY,
    queryFn: () => data(api.GET("/admin/v1/key-policy")),
    staleTime: 0,
  });
  return {
    state: query.data,
    problem: query.error ? asProblem(query.error) : undefined,
    loading: query.isFetching,
    refresh: () => void query.refetch(),
  };
}

/** Changes the policy, or only tells what a change would do. */
export function useSetPolicy(): (policy: NewKeyPolicy, isDryRun: boolean) => Promise<KeyPolicyState> {
  const api = useApi();
  const queries = useQueryClient();
  return useCallback(
    async (policy, isDryRun) => {
      const params = { query: { dryRun: isDryRun } };
      const state = await data(api.PUT("/admin/v1/key-policy", { params, body: policy }));
      if (!isDryRun) {
        queries.setQueryData(KEY, state);
        // The forms about keys and the lists of keys depend on the policy.
        void queries.invalidateQueries({ queryKey: ["me"] });
        void queries.invalidateQueries({ queryKey: ["api-keys"] });
      }
      return state;
    },
    [api, queries],
  );
}
