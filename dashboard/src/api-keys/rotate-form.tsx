import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useRef, useState } from "react";
import type { ApiKey, KeyPolicy } from "../api/client";
import type { Problem } from "../api/problem";
import { complaint, Field, otherComplaints, useCorrected, useFocusOnMistake } from "../common/field";
import { Outside } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { readable, Time } from "../common/time";
import type { Draft } from "../common/use-draft";
import { longestLife } from "./expiry";
import { ExpiryField, expiryMistake } from "./expiry-field";
import { OVERLAP_OPTIONS, type RotateDraft, secretExpiries } from "./rotate-draft";

/** The API's names of the fields. */
const MARKED = ["overlapSeconds", "expiresAt"];

/** Explains what a rotation does, and asks how long the secrets work. */
export function RotateForm(props: {
  /** The key as it is now. */
  apiKey: ApiKey;
  policy: KeyPolicy | undefined;
  draft: Draft<RotateDraft>;
  busy: boolean;
  problem: Problem | undefined;
  /** Whether the key has changed, so that the request can't succeed. */
  isOver: boolean;
  onRotate: () => void;
  onClose: () => void;
}): ReactNode {
  const { apiKey, busy, problem, isOver } = props;
  const { value, change } = props.draft;
  const choices = secretExpiries(apiKey, props.policy);
  const longest = longestLife(props.policy);
  const [mistakes, setMistakes] = useState({ expiresAt: "" });
  const corrected = useCorrected();
  const edit = (field: string, part: Partial<RotateDraft>) => {
    change(part);
    corrected.add(field);
  };
  const submit = () => {
    const expiresAt = expiryMistake(value, choices, longest);
    setMistakes({ expiresAt });
    corrected.clear();
    if (!expiresAt) props.onRotate();
  };
  const mistake = (field: string) => {
    if (corrected.has(field)) return "";
    return (field === "expiresAt" && mistakes.expiresAt) || complaint(problem, field);
  };
  const isToldAtFields = problem && problem.fields.size > 0 && otherComplaints(problem, MARKED).length === 0;
  const form = useRef<HTMLFormElement>(null);
  useFocusOnMistake(form, mistakes);
  useFocusOnMistake(form, problem);
  const disabled = busy || isOver;
  const replaced = apiKey.newSecret;

  return (
    <Modal
      visible
      header={replaced ? "Replace the new secret" : "Rotate API Key"}
      onDismiss={() => !busy && props.onClose()}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={props.onClose} disabled={busy}>
              {value.unknown || isOver ? "Close" : "Cancel"}
            </Button>
            {!isOver && (
              <Button variant="primary" onClick={submit} loading={busy} loadingText="Making the new secret">
                {value.unknown && !busy ? "Rotate again" : replaced ? "Replace" : "Rotate"}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!disabled) submit();
        }}
      >
        <SpaceBetween size="m">
          <Box>
            A rotation replaces the secret of this key without an interruption. The key's name and scopes stay
            the same.
            <ol className="keys">
              <li>
                You get a new secret. The current one, <code className="mask">{apiKey.mask}</code>, keeps
                working.
              </li>
              <li>You put the new secret in place. Its first use starts the end of the old one.</li>
              <li>The old secret ends after the time that you choose here.</li>
            </ol>
          </Box>
          {value.unknown && problem && <UnknownOutcome apiKey={apiKey} problem={problem} />}
          {problem && !value.unknown && !isToldAtFields && (
            <ProblemAlert title="No new secret was made" problem={problem} marked={MARKED} />
          )}
          {replaced && !value.unknown && !isOver && <Replaced secret={replaced} />}
          {apiKey.selfRotation && !isOver && (
            <Alert type="info" header="This key rotates itself">
              It can't rotate itself again until somebody has used the new secret, or you have canceled the
              rotation.
            </Alert>
          )}
          <KeyValuePairs
            columns={2}
            items={[
              { label: "Name", value: <Outside>{apiKey.name}</Outside> },
              {
                label: "Current secret expires",
                value: apiKey.expiresAt ? <Time value={apiKey.expiresAt} /> : "Never",
              },
            ]}
          />
          <Field
            label="The old secret works for"
            description="The time after the first use of the new secret."
            constraintText={
              apiKey.expiresAt ? `At most until it expires: ${readable(apiKey.expiresAt)}.` : ""
            }
            errorText={mistake("overlapSeconds")}
          >
            <Select
              options={OVERLAP_OPTIONS}
              selectedOption={OVERLAP_OPTIONS.find(({ value: id }) => id === value.overlap) ?? null}
              disabled={disabled}
              onChange={({ detail }) =>
                edit("overlapSeconds", { overlap: detail.selectedOption.value ?? "" })
              }
            />
          </Field>
          <ExpiryField
            label="Expiry of the new secret"
            choices={choices}
            longest={longest}
            value={value}
            disabled={disabled}
            mistake={mistake("expiresAt")}
            onChange={(part) => edit("expiresAt", part)}
          />
        </SpaceBetween>
        <input type="submit" hidden />
      </form>
    </Modal>
  );
}

/** Says which secret ends, because somebody may be putting it in place. */
function Replaced({ secret }: { secret: NonNullable<ApiKey["newSecret"]> }): ReactNode {
  return (
    <Alert type="warning" header="The earlier new secret ends at once">
      <code className="mask">{secret.mask}</code> was made by{" "}
      {secret.createdBy ? <Outside>{secret.createdBy.email}</Outside> : "the key itself"} (
      <Time value={secret.createdAt} />
      ), and nobody has used it yet. If it is in place somewhere, requests with it are then refused.
    </Alert>
  );
}

function UnknownOutcome({ apiKey, problem }: { apiKey: ApiKey; problem: Problem }): ReactNode {
  return (
    <div role="alert">
      <Alert type="warning" header="The key may have a new secret that nobody has seen">
        <Outside>{problem.message}</Outside> Nothing is lost: the current secret,{" "}
        <code className="mask">{apiKey.mask}</code>, keeps working. Rotate again. This replaces a new secret
        that nobody has used. Or close this and cancel the rotation in the list.
      </Alert>
    </div>
  );
}
