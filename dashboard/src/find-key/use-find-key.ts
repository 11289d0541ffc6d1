import { useState } from "react";
import { data, type FoundApiKey } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";

/** What the service says about a digest. */
export type Answer =
  | { kind: "found"; found: FoundApiKey }
  /** No key of the company has it. */
  | { kind: "unknown" }
  | { kind: "problem"; problem: Problem; retry: () => void };

/** Asks which key has a digest. Answers are in no cache: another question replaces them. */
export function useFindKey(): {
  answer: Answer | undefined;
  busy: boolean;
  ask: (digest: string) => void;
  forget: () => void;
} {
  const api = useApi();
  const [answer, setAnswer] = useState<Answer>();
  const [busy, setBusy] = useState(false);
  const ask = (digest: string) => {
    setAnswer(undefined);
    setBusy(true);
    data(api.POST("/admin/v1/api-keys/find", { body: { digest } }))
      .then(
        (found) => setAnswer({ kind: "found", found }),
        (error: unknown) => {
          const problem = asProblem(error);
          const isUnknown = problem.kind === "not-found";
          setAnswer(isUnknown ? { kind: "unknown" } : { kind: "problem", problem, retry: () => ask(digest) });
        },
      )
      .finally(() => setBusy(false));
  };
  return { answer, busy, ask, forget: () => setAnswer(undefined) };
}
