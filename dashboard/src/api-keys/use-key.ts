import { useQuery } from "@tanstack/react-query";
import { type ApiKeyDetails, data } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";

/** A key, as its page shows it. */
export interface KeyReading {
  key: ApiKeyDetails | undefined;
  problem: Problem | undefined;
  loading: boolean;
  refresh: () => void;
}

/** The key with this ID, and how it was used. */
export function useKey(keyId: string): KeyReading {
  const api = useApi();
  const query = useQuery({
    queryKey: ["api-keys", "one", keyId],
    queryFn: () => data(api.GET("/admin/v1/api-keys/{keyId}", { params: { path: { keyId } } })),
    staleTime: 0,
  });
  return {
    key: query.data,
    problem: query.error ? asProblem(query.error) : undefined,
    loading: query.isFetching,
    refresh: () => void query.refetch(),
  };
}
