import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { data, type MailChanges, type MailChoices } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { useSubject } from "../common/use-draft";

/** Which mails the administrator gets. */
export function useMailChoices(): {
  choices: MailChoices | undefined;
  problem: Problem | undefined;
  loading: boolean;
  refresh: () => void;
  save: (changes: MailChanges) => Promise<void>;
} {
  const api = useApi();
  const queries = useQueryClient();
  const subject = useSubject();
  const query = useQuery({
    queryKey: ["notifications", subject],
    queryFn: () => data(api.GET("/admin/v1/notifications")),
    staleTime: 0,
  });
  const save = useCallback(
    async (kinds: MailChanges) => {
      const saved = await data(api.PUT("/admin/v1/notifications", { body: { kinds } }));
      queries.setQueryData(["notifications", subject], saved);
    },
    [api, queries, subject],
  );
  return {
    choices: query.data,
    problem: query.error ? asProblem(query.error) : undefined,
    loading: query.isFetching,
    refresh: () => void query.refetch(),
    save,
  };
}
