import { type ReactNode, useState } from "react";
import { type ApiKey, data, type KeyPolicy, type RotatedApiKey } from "../api/client";
import { asProblem, noAnswer, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { useLoss, useQuestion } from "../common/leaving";
import type { Loss } from "../common/losses";
import { useDraft } from "../common/use-draft";
import { useHold } from "../session/use-session";
import { emptyRotateDraft, OVERLAP_OPTIONS, type RotateDraft, secretRequest } from "./rotate-draft";
import { FORMS } from "./dialog";
import { RotateForm } from "./rotate-form";
import { RotatedKey } from "./rotated-key";
import { KEY_CHANGED } from "./rotation";

type Step =
  | { kind: "form"; busy: boolean; problem?: Problem | undefined }
  /** Contains the new secret. No other component has it, so it is gone when the dialog closes. */
  | { kind: "rotated"; apiKey: RotatedApiKey };

/** Makes a new secret for a key and shows it once. */
export function RotateDialog(props: {
  /** The key as it is now. */
  apiKey: ApiKey;
  policy: KeyPolicy | undefined;
  onClose: () => void;
  /** The key may have changed. */
  onChanged: () => void;
}): ReactNode {
  const { apiKey, policy } = props;
  const api = useApi();
  const draft = useDraft<RotateDraft>(
    FORMS.rotate,
    emptyRotateDraft(apiKey),
    (kept) => kept.apiKey?.keyId === apiKey.keyId,
  );
  const { unknown } = draft.value;
  const [step, setStep] = useState<Step>({
    kind: "form",
    busy: false,
    problem: unknown ? noAnswer() : undefined,
  });
  const [ask, question] = useQuestion();
  const busy = step.kind === "form" && step.busy;
  const isOver = step.kind === "form" && KEY_CHANGED.has(step.problem?.kind ?? "");
  const isLost = step.kind === "form" && !isOver && (busy || draft.filled);
  const loss = isLost ? lossOf(busy, unknown, draft.discard) : undefined;
  useLoss(loss);
  // Only the response to the current request shows the secret.
  useHold(busy || step.kind === "rotated");

  const rotate = async () => {
    setStep({ kind: "form", busy: true });
    draft.change({ unknown: true });
    try {
      const rotated = await data(
        api.POST("/admin/v1/api-keys/{keyId}/rotate", {
          params: { path: { keyId: apiKey.keyId } },
          body: secretRequest(draft.value, policy, new Date()),
        }),
      );
      draft.discard();
      setStep({ kind: "rotated", apiKey: rotated });
    } catch (error) {
      const problem = asProblem(error);
      // These statuses don't depend on the request's content, so the outcome of an earlier attempt stays unknown.
      const stillUnknown = unknown && [401, 403, 429].includes(problem.status);
      draft.change({ unknown: problem.outcomeUnknown || stillUnknown });
      setStep({ kind: "form", busy: false, problem });
    }
    props.onChanged();
  };

  const close = () => {
    // What was entered is of no use any more.
    if (isOver) draft.discard();
    ask(loss, props.onClose);
  };

  if (step.kind === "rotated") {
    const overlap = OVERLAP_OPTIONS.find(({ value }) => value === draft.value.overlap)?.label ?? "";
    return <RotatedKey apiKey={step.apiKey} overlap={overlap} onClose={props.onClose} />;
  }
  return (
    <>
      <RotateForm
        apiKey={apiKey}
        policy={policy}
        draft={draft}
        busy={step.busy}
        problem={step.problem}
        isOver={isOver}
        onRotate={() => void rotate()}
        onClose={close}
      />
      {question}
    </>
  );
}

function lossOf(busy: boolean, unknown: boolean, discard: () => void): Loss {
  if (busy) {
    return {
      title: "The new secret is being made",
      text: "The secret is shown only in the response to this request. Wait for it.",
      leave: "Leave without the secret",
      lostBy: "navigating",
      discard,
    };
  }
  return unknown
    ? {
        title: "The key may have a new secret that nobody has seen",
        text: "Rotate again to replace it. Otherwise, cancel the rotation in the list. The current secret keeps working.",
        leave: "Leave anyway",
        lostBy: "navigating",
        discard,
      }
    : {
        title: "Discard this form?",
        text: "The API key was not rotated. You would lose what you entered.",
        leave: "Discard",
        lostBy: "navigating",
        discard,
      };
}
