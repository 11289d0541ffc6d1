import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useRef, useState } from "react";
import type { NewApiKey, Scope } from "../api/client";
import type { Problem } from "../api/problem";
import { complaint, Field, otherComplaints, useCorrected, useFocusOnMistake } from "../common/field";
import { Outside } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import type { Draft } from "../common/use-draft";
import { useFirstFocus } from "../common/use-first-focus";
import type { CreateDraft } from "./draft";
import { chosenExpiry, EXPIRIES, expiresAt, LONGEST_LIFE, readLifetime } from "./expiry";
import { ExpiryField, expiryMistake } from "./expiry-field";

/** The API's names of the fields. */
const MARKED = ["name", "scopes", "expiresAt", "selfRotation"];

/** Asks for the properties of a new key. */
export function CreateForm(props: {
  scopes: Scope[];
  draft: Draft<CreateDraft>;
  busy: boolean;
  problem: Problem | undefined;
  onCreate: (request: NewApiKey) => void;
  onClose: () => void;
}): ReactNode {
  const { busy, problem, scopes } = props;
  const { value, change } = props.draft;
  const { name, scopes: chosen, rotatesItself, lifetimeDays, attempt, unknown } = value;
  const [wrong, setWrong] = useState<ReadonlyMap<string, string>>(new Map());
  const corrected = useCorrected();
  const edit = (field: string, part: Partial<CreateDraft>) => {
    change(part);
    corrected.add(field);
  };
  const nameInput = useFirstFocus<InputProps.Ref>();
  // Only the same request can find out an unknown outcome. A changed request could create a second key.
  const locked = busy || unknown;

  const submit = () => {
    if (unknown && attempt) {
      props.onCreate(JSON.parse(attempt.body) as NewApiKey);
      return;
    }
    const mistakes = new Map<string, string>();
    if (!name.trim()) mistakes.set("name", "Enter a name that says what uses the key.");
    if (chosen.length === 0) mistakes.set("scopes", "Choose at least one API.");
    const expiryWrong = expiryMistake(value);
    if (expiryWrong) mistakes.set("expiresAt", expiryWrong);
    const lifetime = rotatesItself ? readLifetime(lifetimeDays) : undefined;
    if (rotatesItself && !lifetime) {
      mistakes.set("selfRotation", `Enter a whole number of days from 1 to ${LONGEST_LIFE}.`);
    }
    setWrong(mistakes);
    corrected.clear();
    if (mistakes.size > 0) return;
    const end = expiresAt(chosenExpiry(EXPIRIES, value), new Date());
    props.onCreate({
      name: name.trim(),
      scopes: chosen as NewApiKey["scopes"],
      ...(end && { expiresAt: end.toISOString() }),
      ...(lifetime && { selfRotation: { lifetimeDays: lifetime } }),
    });
  };
  const mistake = (field: string) => {
    if (corrected.has(field)) return "";
    return wrong.size > 0 ? (wrong.get(field) ?? "") : complaint(problem, field);
  };
  // An error that concerns only these fields is shown at the fields.
  const isToldAtFields = problem && problem.fields.size > 0 && otherComplaints(problem, MARKED).length === 0;
  const form = useRef<HTMLFormElement>(null);
  useFocusOnMistake(form, wrong);
  useFocusOnMistake(form, problem);

  return (
    <Modal
      visible
      header="Create API Key"
      onDismiss={() => !busy && props.onClose()}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={props.onClose} disabled={busy}>
              {unknown ? "Close" : "Cancel"}
            </Button>
            <Button variant="primary" onClick={submit} loading={busy} loadingText="Creating the API key">
              {unknown && !busy ? "Try again" : "Create API Key"}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) submit();
        }}
      >
        <SpaceBetween size="m">
          <Box>
            API keys are for machines. Any program that has this key can call the APIs that you choose here,
            until the key expires or is revoked. The key acts for your whole company, not for a person.
          </Box>
          {unknown && problem && <UnknownOutcome problem={problem} />}
          {problem && !unknown && !isToldAtFields && (
            <ProblemAlert title="No API key was created" problem={problem} marked={MARKED} />
          )}
          <Field
            label="Name"
            description="What uses the key, or where it is stored."
            errorText={mistake("name")}
          >
            <Input
              ref={nameInput}
              value={name}
              disabled={locked}
              placeholder="Nightly offboarding"
              autoComplete={false}
              onChange={({ detail }) => edit("name", { name: detail.value })}
            />
          </Field>
          <Field
            label="Works for"
            description="The APIs that the key can call."
            errorText={mistake("scopes")}
          >
            <SpaceBetween size="xs">
              {scopes.map((scope) => (
                <Checkbox
                  key={scope.id}
                  checked={chosen.includes(scope.id)}
                  disabled={locked}
                  description={scope.description}
                  onChange={({ detail }) =>
                    edit("scopes", {
                      scopes: detail.checked ? [...chosen, scope.id] : chosen.filter((id) => id !== scope.id),
                    })
                  }
                >
                  {scope.title}
                </Checkbox>
              ))}
            </SpaceBetween>
          </Field>
          <ExpiryField
            label="Expires"
            choices={EXPIRIES}
            value={value}
            description="Keys should expire. You can rotate a key before it expires."
            disabled={locked}
            mistake={mistake("expiresAt")}
            onChange={(part) => edit("expiresAt", part)}
          />
          <SpaceBetween size="xs">
            <Checkbox
              checked={rotatesItself}
              disabled={locked}
              description="For a secret manager that replaces secrets on a schedule. Any program that has the key can then make the key's next secret."
              onChange={({ detail }) => edit("selfRotation", { rotatesItself: detail.checked })}
            >
              Let this key rotate itself
            </Checkbox>
            {rotatesItself && (
              <Field
                label="Days until a new secret expires"
                constraintText={`From 1 to ${LONGEST_LIFE}.`}
                errorText={mistake("selfRotation")}
              >
                <div className="four">
                  <Input
                    value={lifetimeDays}
                    disabled={locked}
                    inputMode="numeric"
                    autoComplete={false}
                    onChange={({ detail }) => edit("selfRotation", { lifetimeDays: detail.value.trim() })}
                  />
                </div>
              </Field>
            )}
          </SpaceBetween>
        </SpaceBetween>
        <input type="submit" hidden />
      </form>
    </Modal>
  );
}

function UnknownOutcome({ problem }: { problem: Problem }): ReactNode {
  return (
    <div role="alert">
      <Alert type="warning" header="The API key may or may not have been created">
        <Outside>{problem.message}</Outside> You can safely try again. This creates no second key.
      </Alert>
    </div>
  );
}
