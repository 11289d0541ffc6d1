import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import type { InputProps } from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useRef } from "react";
import type { KeyPolicy, NewApiKey, Scope } from "../api/client";
import type { Problem } from "../api/problem";
import { Outside, plain, quoted } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import type { Draft } from "../common/use-draft";
import { useFirstFocus } from "../common/use-first-focus";
import { CONTAINMENT_FIELDS, ContainmentFields } from "./containment-fields";
import { limitOf, networksOf } from "./containment-draft";
import { containmentMistakes, type CreateDraft, mistakesIn } from "./draft";
import { allowedExpiries, chosenExpiry, expiresAt, expiryRule, longestLife, readDays } from "./expiry";
import { KEY_FIELDS, KeyFields } from "./key-fields";
import { offered } from "./scopes";
import { useMistakes } from "./use-mistakes";

const FIELDS = [...KEY_FIELDS, ...CONTAINMENT_FIELDS];

/** Asks for the properties of a new key. */
export function CreateForm(props: {
  scopes: Scope[];
  policy: KeyPolicy | undefined;
  draft: Draft<CreateDraft>;
  busy: boolean;
  problem: Problem | undefined;
  onCreate: (request: NewApiKey) => void;
  onClose: () => void;
}): ReactNode {
  const { busy, problem, policy } = props;
  const { value, change } = props.draft;
  const { attempt, unknown } = value;
  const form = useRef<HTMLFormElement>(null);
  const mistakes = useMistakes(form, problem, FIELDS);
  const nameInput = useFirstFocus<InputProps.Ref>();
  // Only the same request can find out an unknown outcome. A changed request could create a second key.
  const locked = busy || unknown;
  const choices = allowedExpiries(policy);
  const longest = longestLife(policy);
  const { offered: scopes, denied } = offered(props.scopes, policy);

  const submit = () => {
    if (unknown && attempt) {
      props.onCreate(JSON.parse(attempt.body) as NewApiKey);
      return;
    }
    // An earlier version of the policy may have offered more scopes.
    const chosen = value.scopes.filter((id) => scopes.some((scope) => scope.id === id));
    const found = mistakesIn({ ...value, scopes: chosen }, choices, longest);
    if (!mistakes.mark(new Map([...found, ...containmentMistakes(value)]))) return;
    const end = expiresAt(chosenExpiry(choices, value), new Date());
    const lifetime = value.rotatesItself ? readDays(value.lifetimeDays) : undefined;
    const networks = networksOf(value);
    props.onCreate({
      name: value.name.trim(),
      scopes: chosen as NewApiKey["scopes"],
      ...(value.note.trim() && { note: value.note.trim() }),
      ...(end && { expiresAt: end.toISOString() }),
      ...(lifetime && { selfRotation: { lifetimeDays: lifetime } }),
      ...(networks && { networks }),
      suspensionLimit: limitOf(value),
    });
  };

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
          {problem && !unknown && !mistakes.areToldAtFields && (
            <ProblemAlert title="No API key was created" problem={problem} marked={FIELDS} />
          )}
          <KeyFields
            value={value}
            nameInput={nameInput}
            scopes={scopes}
            texts={{
              scopes: "The APIs that the key can call.",
              missingScopes: denied.length > 0 && notOffered(denied),
              expiry: expiryRule(policy) || "Keys should expire. You can rotate a key before it expires.",
            }}
            choices={choices}
            longest={longest}
            disabled={locked}
            mistake={mistakes.in}
            onEdit={(field, part) => {
              change(part);
              mistakes.corrected(field);
            }}
          />
          <ContainmentFields
            value={value}
            policy={policy}
            scopes={value.scopes}
            disabled={locked}
            problem={problem}
            mistake={mistakes.in}
            onEdit={(field, part) => {
              change(part);
              mistakes.corrected(field);
            }}
          />
        </SpaceBetween>
        <input type="submit" hidden />
      </form>
    </Modal>
  );
}

function notOffered(denied: readonly Scope[]): string {
  return `Your company's key policy doesn't offer ${plain(quoted(denied.map(({ title }) => title)))}.`;
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
