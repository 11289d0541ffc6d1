import { type ReactNode, useState } from "react";
import type { ApiKey, CreatedApiKey, NewApiKey, RepeatedApiKey, Scope } from "../api/client";
import { asProblem, noAnswer, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { useLoss, useQuestion } from "../common/leaving";
import type { Loss } from "../common/losses";
import { useDraft } from "../common/use-draft";
import { useHold } from "../session/use-session";
import { CreateForm } from "./create-form";
import { CreatedKey } from "./created-key";
import { type CreateDraft, CREATE_DRAFT, emptyDraft } from "./draft";
import { UnseenKey } from "./unseen-key";

type Step =
  | { kind: "form"; busy: boolean; problem?: Problem | undefined }
  /** Holds the key, in this component alone: it is gone when the dialog closes. */
  | { kind: "created"; apiKey: CreatedApiKey }
  | { kind: "unseen"; apiKey: RepeatedApiKey };

/** Creates a key, and shows it once. */
export function CreateDialog(props: {
  scopes: Scope[];
  draft: Partial<CreateDraft> | undefined;
  onClose: () => void;
  onRevoke: (key: ApiKey) => void;
}): ReactNode {
  const api = useApi();
  const draft = useDraft(CREATE_DRAFT, { ...emptyDraft(), ...props.draft });
  const { attempt, unknown } = draft.value;
  const [step, setStep] = useState<Step>({
    kind: "form",
    busy: false,
    problem: unknown ? noAnswer() : undefined,
  });
  const [ask, question] = useQuestion();
  const busy = step.kind === "form" && step.busy;
  const loss =
    step.kind === "form" && (busy || draft.filled) ? lossOf(busy, unknown, draft.discard) : undefined;
  useLoss(loss);
  // The answer under way is the only one that will show the key; afterwards nothing else can show it.
  useHold(busy || step.kind === "created");

  const create = async (request: NewApiKey) => {
    setStep({ kind: "form", busy: true });
    // The same request is the same attempt, however often its answer gets lost; another request is another one.
    const body = JSON.stringify(request);
    const { idempotencyKey } = attempt?.body === body ? attempt : { idempotencyKey: crypto.randomUUID() };
    draft.change({ attempt: { body, idempotencyKey }, unknown: true });
    try {
      const { data, response } = await api.POST("/admin/v1/api-keys", {
        params: { header: { "Idempotency-Key": idempotencyKey } },
        body: request,
      });
      draft.discard();
      if (response.status === 201) setStep({ kind: "created", apiKey: data as CreatedApiKey });
      else setStep({ kind: "unseen", apiKey: data as RepeatedApiKey });
    } catch (error) {
      const problem = asProblem(error);
      // A refusal that has nothing to do with the request says nothing about an earlier, lost answer to it.
      const stillUnknown = unknown && [401, 403, 429].includes(problem.status);
      draft.change({ unknown: problem.outcomeUnknown || stillUnknown });
      setStep({ kind: "form", busy: false, problem });
    }
  };

  switch (step.kind) {
    case "form":
      return (
        <>
          <CreateForm
            scopes={props.scopes}
            draft={draft}
            busy={step.busy}
            problem={step.problem}
            onCreate={create}
            onClose={() => ask(loss, props.onClose)}
          />
          {question}
        </>
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

function lossOf(busy: boolean, unknown: boolean, discard: () => void): Loss {
  if (busy) {
    return {
      title: "The API key is being created",
      text: "Only the answer that is on its way can show the key. Wait for it.",
      leave: "Leave without the key",
      lostBy: "navigating",
      discard,
    };
  }
  return unknown
    ? {
        title: "It is not known whether the API key was created",
        text: "Try again to find out. Otherwise, look for it in the list afterwards: nobody has seen it.",
        leave: "Leave all the same",
        lostBy: "navigating",
        discard,
      }
    : {
        title: "Discard this form?",
        text: "No API key was created yet. What you have entered would be lost.",
        leave: "Discard",
        lostBy: "navigating",
        discard,
      };
}
