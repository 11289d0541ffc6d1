import { type ReactNode, useState } from "react";
import type { ApiKey, CreatedApiKey, KeyPolicy, NewApiKey, RepeatedApiKey, Scope } from "../api/client";
import { asProblem, noAnswer, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { useLoss, useQuestion } from "../common/leaving";
import type { Loss } from "../common/losses";
import { useDraft } from "../common/use-draft";
import { useHold } from "../session/use-session";
import { CreateForm } from "./create-form";
import { CreatedKey } from "./created-key";
import { FORMS } from "./dialog";
import { type CreateDraft, emptyDraft } from "./draft";
import { UnseenKey } from "./unseen-key";

type Step =
  | { kind: "form"; busy: boolean; problem?: Problem | undefined }
  /** Contains the key. No other component has it, so it is gone when the dialog closes. */
  | { kind: "created"; apiKey: CreatedApiKey }
  | { kind: "unseen"; apiKey: RepeatedApiKey };

/** Asks for a new key's properties, creates the key and shows it once. */
export function CreateDialog(props: {
  scopes: Scope[];
  policy: KeyPolicy | undefined;
  draft: Partial<CreateDraft> | undefined;
  onClose: () => void;
  onRevoke: (key: ApiKey) => void;
}): ReactNode {
  const api = useApi();
  const draft = useDraft(FORMS.create, { ...emptyDraft(props.policy), ...props.draft });
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
  // Only the response to the current request shows the key.
  useHold(busy || step.kind === "created");

  const create = async (request: NewApiKey) => {
    setStep({ kind: "form", busy: true });
    // Repeating the same request is the same attempt, even if its responses got lost. Another request is a new attempt.
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
      // These statuses don't depend on the request's content, so the outcome of an earlier attempt stays unknown.
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
            policy={props.policy}
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
      return <CreatedKey apiKey={step.apiKey} onClose={props.onClose} />;
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
      text: "The key is shown only in the response to this request. Wait for it.",
      leave: "Leave without the key",
      lostBy: "navigating",
      discard,
    };
  }
  return unknown
    ? {
        title: "The API key may or may not have been created",
        text: "Try again to find out. Otherwise, look for the key in the list and revoke it, because nobody has seen it.",
        leave: "Leave anyway",
        lostBy: "navigating",
        discard,
      }
    : {
        title: "Discard this form?",
        text: "No API key was created yet. You would lose what you entered.",
        leave: "Discard",
        lostBy: "navigating",
        discard,
      };
}
