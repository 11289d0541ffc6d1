import Checkbox from "@cloudscape-design/components/checkbox";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import type { ReactNode, RefObject } from "react";
import type { Scope } from "../api/client";
import { Field } from "../common/field";
import { masked } from "../common/secrets";
import type { KeyFieldsDraft } from "./draft";
import type { ExpiryChoice } from "./expiry";
import { ExpiryField } from "./expiry-field";
import { ScopesField } from "./scopes-field";

/** The API's names of the fields. */
export const KEY_FIELDS = ["name", "note", "scopes", "expiresAt", "selfRotation"];
/** The maximum length of a note. */
const LONGEST_NOTE = 500;

/** The fields of the forms that create and edit a key. */
export function KeyFields(props: {
  value: KeyFieldsDraft;
  nameInput: RefObject<InputProps.Ref | null>;
  scopes: readonly Scope[];
  texts: { scopes: string; missingScopes?: ReactNode; expiry: string };
  choices: readonly ExpiryChoice[];
  /** The maximum number of days that a secret lives. */
  longest: number;
  disabled: boolean;
  mistake: (field: string) => string;
  /** A field, by the API's name of it, was changed. */
  onEdit: (field: string, part: Partial<KeyFieldsDraft>) => void;
}): ReactNode {
  const { value, nameInput, scopes, texts, choices, longest, disabled, mistake, onEdit } = props;
  return (
    <SpaceBetween size="m">
      <Field label="Name" description="What uses the key, or where it is stored." errorText={mistake("name")}>
        <Input
          ref={nameInput}
          value={value.name}
          disabled={disabled}
          placeholder="Nightly offboarding"
          autoComplete={false}
          onChange={({ detail }) => onEdit("name", { name: detail.value })}
        />
      </Field>
      <Field
        label={
          <>
            Note <i>- optional</i>
          </>
        }
        description="For the administrators of your company. Never enter the key here."
        constraintText={`At most ${LONGEST_NOTE} characters.`}
        errorText={mistake("note")}
      >
        <Textarea
          value={value.note}
          disabled={disabled}
          rows={2}
          autoComplete={false}
          onChange={({ detail }) => onEdit("note", { note: masked(detail.value) })}
        />
      </Field>
      <ScopesField
        description={texts.scopes}
        missing={texts.missingScopes}
        scopes={scopes}
        chosen={value.scopes}
        disabled={disabled}
        mistake={mistake("scopes")}
        onChange={(scopes) => onEdit("scopes", { scopes })}
      />
      <ExpiryField
        label="Expires"
        description={texts.expiry}
        choices={choices}
        longest={longest}
        value={value}
        disabled={disabled}
        mistake={mistake("expiresAt")}
        onChange={(part) => onEdit("expiresAt", part)}
      />
      <SpaceBetween size="xs">
        <Checkbox
          checked={value.rotatesItself}
          disabled={disabled}
          description="For a secret manager that replaces secrets on a schedule. Any program that has the key can then make the key's next secret."
          onChange={({ detail }) => onEdit("selfRotation", { rotatesItself: detail.checked })}
        >
          Let this key rotate itself
        </Checkbox>
        {value.rotatesItself && (
          <Field
            label="Days until a new secret expires"
            constraintText={`From 1 to ${longest}.`}
            errorText={mistake("selfRotation")}
          >
            <div className="four">
              <Input
                value={value.lifetimeDays}
                disabled={disabled}
                inputMode="numeric"
                autoComplete={false}
                onChange={({ detail }) => onEdit("selfRotation", { lifetimeDays: detail.value.trim() })}
              />
            </div>
          </Field>
        )}
      </SpaceBetween>
    </SpaceBetween>
  );
}
