import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useRef, useState } from "react";
import { useMistakes } from "../api-keys/use-mistakes";
import type { KeyPolicyState, Scope } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useLoss } from "../common/leaving";
import { ProblemAlert } from "../common/problem-alert";
import { ReturnFocus } from "../common/return-focus";
import { useDraft } from "../common/use-draft";
import { useNotifications } from "../shell/notifications";
import { ConfirmDialog } from "./confirm-dialog";
import { draftOf, mistakesIn, type PolicyDraft, policyOf } from "./draft";
import { PolicyFields } from "./policy-fields";
import { useSetPolicy } from "./use-policy";

/** The name under which the form is stored, and the API's names of its fields. */
const FORM = "key-policy";
const FIELDS = [
  "mustExpire",
  "longestLifetimeDays",
  "unusedDays",
  "scopes",
  "networksRequired",
  "graceDays",
  "suspensionsPerHour",
  "leakedKeys",
];

/** Changes the policy, after the administrator has seen what the change does. */
export function PolicyForm(props: {
  state: KeyPolicyState;
  scopes: readonly Scope[];
  /** The policy was saved. */
  onSaved: () => void;
  /** The administrator gave up the changes. */
  onReset: () => void;
}): ReactNode {
  const set = useSetPolicy();
  const { notify } = useNotifications();
  const draft = useDraft<PolicyDraft>(FORM, draftOf(props.state.policy, props.scopes));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [trial, setTrial] = useState<KeyPolicyState>();
  const form = useRef<HTMLFormElement>(null);
  const mistakes = useMistakes(form, problem, FIELDS);
  const { value, filled } = draft;
  useLoss(filled ? { ...LOSS, discard: draft.discard } : undefined);

  const tryOut = async () => {
    setProblem(undefined);
    if (!mistakes.mark(mistakesIn(value))) return;
    setBusy(true);
    try {
      setTrial(await set(policyOf(value), true));
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  const save = async () => {
    await set(policyOf(value), false);
    draft.discard();
    notify({
      type: "success",
      header: "The key policy is saved",
      content: "New keys must comply with it from now on.",
    });
    props.onSaved();
  };

  return (
    <>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (filled && !busy) void tryOut();
        }}
      >
        <Container
          header={<Header variant="h2">What keys must comply with</Header>}
          footer={
            <Box float="right">
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  variant="link"
                  formAction="none"
                  disabled={!filled || busy}
                  onClick={() => {
                    draft.discard();
                    props.onReset();
                  }}
                >
                  Discard changes
                </Button>
                <Button
                  variant="primary"
                  formAction="none"
                  disabled={!filled}
                  loading={busy}
                  loadingText="Looking which keys break the policy"
                  onClick={() => void tryOut()}
                >
                  Review and save
                </Button>
              </SpaceBetween>
            </Box>
          }
        >
          <SpaceBetween size="l">
            {problem && !mistakes.areToldAtFields && (
              <ProblemAlert title="The policy can't be checked" problem={problem} marked={FIELDS} />
            )}
            <PolicyFields
              value={value}
              scopes={props.scopes}
              disabled={busy}
              mistake={mistakes.in}
              onEdit={(field, part) => {
                draft.change(part);
                mistakes.corrected(field);
              }}
            />
          </SpaceBetween>
        </Container>
        <input type="submit" hidden />
      </form>
      {trial && (
        <>
          <ReturnFocus />
          <ConfirmDialog
            before={props.state.policy}
            trial={trial}
            save={save}
            onClose={() => setTrial(undefined)}
          />
        </>
      )}
    </>
  );
}

const LOSS = {
  title: "Discard your changes?",
  text: "The key policy is not changed. You would lose what you entered.",
  leave: "Discard",
  lostBy: "navigating",
} as const;
