import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import type { InputProps } from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useRef, useState } from "react";
import { type ApiKey, data, type KeyPolicy, type Scope } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { useLoss, useQuestion } from "../common/leaving";
import type { Loss } from "../common/losses";
import { quoted, Sentence } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { readable } from "../common/time";
import { useDraft } from "../common/use-draft";
import { useFirstFocus } from "../common/use-first-focus";
import { FORMS } from "./dialog";
import { mistakesIn } from "./draft";
import { changesOf, draftOf, type EditDraft, editedExpiries, keepable } from "./edit-draft";
import { expiryRule, longestLife } from "./expiry";
import { KEY_FIELDS, KeyFields } from "./key-fields";
import { KEY_CHANGED } from "./rotation";
import { covers } from "./scopes";
import { useMistakes } from "./use-mistakes";

/** Changes a key's name, note, scopes, expiry, and whether it rotates itself. */
export function EditDialog(props: {
  apiKey: ApiKey;
  /** The scopes that are chosen at first, if not the key's own. */
  chosen: readonly string[] | undefined;
  scopes: Scope[];
  policy: KeyPolicy | undefined;
  onClose: () => void;
  onEdited: (key: ApiKey) => void;
  /** The key has changed meanwhile. */
  onChanged: () => void;
}): ReactNode {
  const { apiKey, policy } = props;
  const api = useApi();
  const draft = useDraft<EditDraft>(
    FORMS.edit,
    draftOf(apiKey, policy, props.chosen),
    (kept) => kept.apiKey?.keyId === apiKey.keyId,
  );
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const form = useRef<HTMLFormElement>(null);
  const mistakes = useMistakes(form, problem, KEY_FIELDS);
  const nameInput = useFirstFocus<InputProps.Ref>();
  const [ask, question] = useQuestion();
  const { value } = draft;
  const changes = changesOf(value, policy, new Date());
  const isChanged = Object.keys(changes).length > 0;
  const loss = draft.filled && !busy ? lossOf(draft.discard) : undefined;
  useLoss(loss);
  const close = () => !busy && ask(loss, props.onClose);
  const choices = editedExpiries(apiKey, policy, new Date());
  const longest = longestLife(policy);
  const options = keepable(apiKey, props.scopes);
  const taken = options.filter(({ id }) => apiKey.scopes.includes(id as never) && !covers(value.scopes, id));

  const save = async () => {
    const found = mistakesIn(value, choices, longest);
    // What was allowed before the policy changed can stay.
    if (!("selfRotation" in changes)) found.delete("selfRotation");
    if (!mistakes.mark(found)) return;
    setProblem(undefined);
    if (!isChanged) {
      draft.discard();
      return props.onClose();
    }
    setBusy(true);
    try {
      const path = { keyId: apiKey.keyId };
      const edited = await data(api.PATCH("/admin/v1/api-keys/{keyId}", { params: { path }, body: changes }));
      draft.discard();
      props.onEdited(edited);
    } catch (error) {
      const problem = asProblem(error);
      setProblem(problem);
      setBusy(false);
      if (KEY_CHANGED.has(problem.kind)) props.onChanged();
    }
  };

  return (
    <Modal
      visible
      header="Edit API Key"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close} disabled={busy}>
              Cancel
            </Button>
            <Button variant="primary" onClick={() => void save()} loading={busy} loadingText="Saving">
              Save
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void save();
        }}
      >
        <SpaceBetween size="m">
          {problem && !mistakes.areToldAtFields && (
            <ProblemAlert
              title={problem.outcomeUnknown ? "The key may or may not be changed" : "The key is not changed"}
              problem={problem}
              marked={KEY_FIELDS}
            />
          )}
          <KeyFields
            value={value}
            nameInput={nameInput}
            scopes={options}
            texts={{
              scopes: "You can take APIs away from the key. To add one, create another key.",
              expiry: [
                apiKey.expiresAt ? `Now: ${readable(apiKey.expiresAt)}.` : "Now: never.",
                expiryRule(policy),
              ].join(" "),
            }}
            choices={choices}
            longest={longest}
            disabled={busy}
            mistake={mistakes.in}
            onEdit={(field, part) => {
              draft.change(part);
              mistakes.corrected(field);
            }}
          />
          {taken.length > 0 && value.scopes.length > 0 && (
            <Alert type="warning" header="What you take away ends at once and can't be added again">
              Requests that need <Sentence>{quoted(taken.map(({ title }) => title))}</Sentence> are then
              refused, including requests in progress.
            </Alert>
          )}
        </SpaceBetween>
        <input type="submit" hidden />
      </form>
      {question}
    </Modal>
  );
}

function lossOf(discard: () => void): Loss {
  return {
    title: "Discard this form?",
    text: "The API key is not changed. You would lose what you entered.",
    leave: "Discard",
    lostBy: "navigating",
    discard,
  };
}
