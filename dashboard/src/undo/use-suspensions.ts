import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { data } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { readSuspensions, type Suspensions } from "./suspensions";

/** What a key suspended, as far as it was read. */
export interface SuspensionsReading {
  suspensions: Suspensions | undefined;
  /** The number of accounts that were found so far. */
  found: number;
  problem: Problem | undefined;
  loading: boolean;
  refresh: () => void;
}

/** What a key suspended since a time. */
export function useSuspensions(keyId: string, since: string): SuspensionsReading {
  const api = useApi();
  const [found, setFound] = useState(0);
  const query = useQuery({
    // Below the key's own name, so that it is read again whenever members may have changed.
    queryKey: ["api-keys", "one", keyId, "suspensions", since],
    staleTime: 0,
    queryFn: () => {
      setFound(0);
      return readSuspensions((nextToken) => {
        const params = { path: { keyId }, query: { since, ...(nextToken && { nextToken }) } };
        return data(api.GET("/admin/v1/api-keys/{keyId}/suspensions", { params }));
      }, setFound);
    },
  });
  return {
    suspensions: query.data,
    found,
    problem: query.error ? asProblem(query.error) : undefined,
    loading: query.isFetching,
    refresh: () => void query.refetch(),
  };
}
