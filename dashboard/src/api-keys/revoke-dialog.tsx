import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useRef, useState } from "react";
import { type ApiKey, data, type Scope } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { complaint, Field, otherComplaints, useCorrected, useFocusOnMistake } from "../common/field";
import { useLoss, useQuestion } from "../common/leaving";
import type { Loss } from "../common/losses";
import { Outside } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { Time } from "../common/time";
import { useDraft } from "../common/use-draft";
import { useFirstFocus } from "../common/use-first-focus";
import { FORMS } from "./dialog";
import { masksOf } from "./revoke-many";

/** The API's names of the fields. */
const MARKED = ["firstFour", "lastFour"];
const FOUR = /^[0-9A-Za-z]{4}$/;

/** The contents of the form. */
export interface RevokeDraft {
  apiKey: ApiKey;
  unseen: boolean;
  firstFour: string;
  lastFour: string;
}

/** Revokes one key, after the administrator has typed its first and last four characters. */
export function RevokeDialog(props: {
  apiKey: ApiKey;
  /** Whether nobody saw the key. Then another key is created next. */
  unseen?: boolean;
  scopes: Scope[];
  onClose: () => void;
  onRevoked: (key: ApiKey) => void;
}): ReactNode {
  const { apiKey } = props;
  const api = useApi();
  const empty = { apiKey, unseen: props.unseen === true, firstFour: "", lastFour: "" };
  const draft = useDraft<RevokeDraft>(FORMS.revoke, empty, (kept) => kept.apiKey?.keyId === apiKey.keyId);
  const { firstFour, lastFour } = draft.value;
  const [ask, question] = useQuestion();
  const [busy, setBusy] = useState(false);
  /** Whether characters were missing in the latest attempt. A new object for each attempt. */
  const [attempt, setAttempt] = useState({ incomplete: false });
  const [problem, setProblem] = useState<Problem>();
  const corrected = useCorrected();
  const first = useFirstFocus<InputProps.Ref>();
  const loss = draft.filled && !busy ? lossOf(draft.discard) : undefined;
  useLoss(loss);
  const close = () => !busy && ask(loss, props.onClose);
  const masks = masksOf(apiKey, new Date());
  const titles = apiKey.scopes.map((id) => props.scopes.find((scope) => scope.id === id)?.title ?? id);

  const revoke = async () => {
    setProblem(undefined);
    corrected.clear();
    const incomplete = !FOUR.test(firstFour) || !FOUR.test(lastFour);
    setAttempt({ incomplete });
    if (incomplete) return;
    setBusy(true);
    try {
      const path = { keyId: apiKey.keyId };
      await data(
        api.POST("/admin/v1/api-keys/{keyId}/revoke", { params: { path }, body: { firstFour, lastFour } }),
      );
      draft.discard();
      props.onRevoked(apiKey);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const mismatch = problem?.kind === "key-mismatch";
  const mistake = (field: string, value: string) => {
    if (corrected.has(field)) return "";
    if (attempt.incomplete) return FOUR.test(value) ? "" : "Enter four letters or digits.";
    if (mismatch) return "These are not the characters of this key. Compare them with the key above.";
    return complaint(problem, field);
  };
  const isToldAtFields =
    mismatch || (problem && problem.fields.size > 0 && otherComplaints(problem, MARKED).length === 0);
  const form = useRef<HTMLFormElement>(null);
  useFocusOnMistake(form, attempt);
  useFocusOnMistake(form, problem);
  const characters = (label: string, field: "firstFour" | "lastFour", ref?: typeof first) => {
    const value = draft.value[field];
    return (
      <Field label={label} errorText={mistake(field, value)}>
        <div className="four">
          <Input
            ref={ref}
            value={value}
            disabled={busy}
            autoComplete={false}
            spellcheck={false}
            nativeInputAttributes={{ maxLength: 4, autoCapitalize: "off", autoCorrect: "off" }}
            onChange={({ detail }) => {
              draft.change({ [field]: detail.value.trim() });
              corrected.add(field);
            }}
          />
        </div>
      </Field>
    );
  };

  return (
    <Modal
      visible
      header="Revoke API Key"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close} disabled={busy}>
              Cancel
            </Button>
            <Button variant="primary" onClick={revoke} loading={busy} loadingText="Revoking the API key">
              Revoke API Key
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void revoke();
        }}
      >
        <SpaceBetween size="m">
          <Alert type="warning" header="Everything that uses this key stops working at once">
            Requests to {titles.join(" and ")} with this key are then refused, including requests in progress.
            {masks.length > 1 && " Both secrets of the key end."} Revoking can't be undone.
          </Alert>
          <KeyValuePairs
            columns={2}
            items={[
              { label: "Name", value: <Outside>{apiKey.name}</Outside> },
              { label: masks.length > 1 ? "Secrets" : "Key", value: <MaskList masks={masks} /> },
              { label: "Owner", value: <Outside>{apiKey.createdBy.email}</Outside> },
              { label: "Works for", value: titles.join(", ") },
              { label: "Last used", value: apiKey.lastUsedAt ? <Time value={apiKey.lastUsedAt} /> : "Never" },
            ]}
          />
          {problem && !isToldAtFields && (
            <ProblemAlert
              title={problem.outcomeUnknown ? "The key may or may not be revoked" : "The key is not revoked"}
              problem={problem}
              marked={MARKED}
            />
          )}
          <Box>
            To confirm, type the first and last four characters of{" "}
            {masks.length > 1 ? "one of the two secrets" : "the key"}:
          </Box>
          <div className="characters">
            {characters("First four characters", "firstFour", first)}
            {characters("Last four characters", "lastFour")}
          </div>
        </SpaceBetween>
        <input type="submit" hidden />
      </form>
      {question}
    </Modal>
  );
}

function MaskList({ masks }: { masks: readonly string[] }): ReactNode {
  return masks.map((mask) => (
    <div key={mask}>
      <code className="mask">{mask}</code>
    </div>
  ));
}

function lossOf(discard: () => void): Loss {
  return {
    title: "Discard this form?",
    text: "The API key is not revoked. You would lose the characters that you typed.",
    leave: "Discard",
    lostBy: "navigating",
    discard,
  };
}
