import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import type { MailChanges, MailChoices } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useLoss } from "../common/leaving";
import { ProblemAlert } from "../common/problem-alert";
import { useDraft } from "../common/use-draft";
import { useNotifications } from "../shell/notifications";
import { choicesOf, realChanges } from "./choices";

/** The name under which the form is stored. */
const FORM = "notifications";

/** Asks which mails the administrator wants. What is stored are the changes, so the rest shows what is saved. */
export function MailForm(props: {
  choices: MailChoices;
  save: (changes: MailChanges) => Promise<void>;
  /** The changes were saved or given up, so the form begins anew. */
  onDone: () => void;
}): ReactNode {
  const { choices, save, onDone } = props;
  const { notify } = useNotifications();
  const draft = useDraft<MailChanges>(FORM, {});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const changes = realChanges(choices, draft.value);
  const isChanged = Object.keys(changes).length > 0;
  useLoss(isChanged ? { ...LOSS, discard: draft.discard } : undefined);

  const begin = () => {
    draft.discard();
    onDone();
  };
  const submit = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await save(changes);
      notify({
        type: "success",
        header: "Your notifications are saved",
        content: choices.mail.sent
          ? "The next mails follow your choice."
          : "They apply when this service sends mail.",
      });
      begin();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged && !busy) void submit();
      }}
    >
      <Container
        header={<Header variant="h2">When you get a mail</Header>}
        footer={
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" disabled={!isChanged || busy} onClick={begin}>
                Discard changes
              </Button>
              <Button
                variant="primary"
                formAction="none"
                disabled={!isChanged && !busy}
                loading={busy}
                loadingText="Saving"
                onClick={() => void submit()}
              >
                Save
              </Button>
            </SpaceBetween>
          </Box>
        }
      >
        <SpaceBetween size="m">
          {problem && (
            <ProblemAlert
              title={
                problem.outcomeUnknown
                  ? "Your notifications may or may not be saved"
                  : "Your notifications can't be saved"
              }
              problem={problem}
            />
          )}
          {choicesOf(choices, draft.value).map(({ kind, title, description, isWanted }) => (
            <Checkbox
              key={kind}
              checked={isWanted}
              disabled={busy}
              description={description}
              onChange={({ detail }) => draft.change({ [kind]: detail.checked })}
            >
              {title}
            </Checkbox>
          ))}
        </SpaceBetween>
      </Container>
      <input type="submit" hidden />
    </form>
  );
}

const LOSS = {
  title: "Discard your changes?",
  text: "Your notifications are not changed. You would lose what you chose.",
  leave: "Discard",
  lostBy: "navigating",
} as const;
