import { type ReactNode, useRef, useState } from "react";
import type { ApiKey, CreatedApiKey, NewApiKey, RepeatedApiKey, Scope } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { useAskBeforeLeaving } from "../common/use-ask-before-leaving";
import { CreateForm, type Draft } from "./create-form";
import { CreatedKey } from "./created-key";
import { UnseenKey } from "./unseen-key";

type Step =
  | { kind: "form"; busy: boolean; problem?: Problem }
  /** Holds the key, in this component alone: it is gone when the dialog closes. */
  | { kind: "created"; apiKey: CreatedApiKey }
  | { kind: "unseen"; apiKey: RepeatedApiKey };

/** Creates a key, and shows it once. */
export function CreateDialog(props: {
  scopes: Scope[];
  draft: Draft | undefined;
  onClose: () => void;
  onRevoke: (key: ApiKey) => void;
}): ReactNode {
  const api = useApi();
  const [step, setStep] = useState<Step>({ kind: "form", busy: false });
  // While the answer is on its way, it is the only one that will show the key.
  useAskBeforeLeaving(step.kind === "form" && step.busy);
  const attempt = useRef<{ body: string; idempotencyKey: string }>(undefined);

  const create = async (request: NewApiKey) => {
    setStep({ kind: "form", busy: true });
    // The same request is the same attempt, however often its answer gets lost; another request is another one.
    const body = JSON.stringify(request);
    if (attempt.current?.body !== body) attempt.current = { body, idempotencyKey: crypto.randomUUID() };
    const { idempotencyKey } = attempt.current;
    try {
      const { data, response } = await api.POST("/admin/v1/api-keys", {
        params: { header: { "Idempotency-Key": idempotencyKey } },
        body: request,
      });
      if (response.status === 201) setStep({ kind: "created", apiKey: data as CreatedApiKey });
      else setStep({ kind: "unseen", apiKey: data as RepeatedApiKey });
    } catch (error) {
      setStep({ kind: "form", busy: false, problem: asProblem(error) });
    }
  };

  switch (step.kind) {
    case "form":
      return (
        <CreateForm
          scopes={props.scopes}
          draft={props.draft}
          busy={step.busy}
          problem={step.problem}
          onCreate={create}
          onClose={props.onClose}
        />
      );
    case "created":
      return <CreatedKey apiKey={step.apiKey} scopes={props.scopes} onClose={props.onClose} />;
    case "unseen":
      return (
        <UnseenKey
          apiKey={step.apiKey}
          onClose={props.onClose}
          onRevoke={() => props.onRevoke(step.apiKey)}
        />
      );
  }
}
