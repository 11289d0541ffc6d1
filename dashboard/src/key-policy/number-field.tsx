import Checkbox from "@cloudscape-design/components/checkbox";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { Field } from "../common/field";

/** A demand that is made or not, with a number if it is made. */
export function DemandField(props: {
  checkbox: string;
  explanation: string;
  isChecked: boolean;
  label: string;
  text: string;
  range: { least: number; most: number };
  disabled: boolean;
  mistake: string;
  onCheck: (isChecked: boolean) => void;
  onText: (text: string) => void;
}): ReactNode {
  const { isChecked, disabled } = props;
  return (
    <SpaceBetween size="xs">
      <Checkbox
        checked={isChecked}
        disabled={disabled}
        description={props.explanation}
        onChange={({ detail }) => props.onCheck(detail.checked)}
      >
        {props.checkbox}
      </Checkbox>
      {isChecked && (
        <div className="below-checkbox">
          <NumberField {...props} />
        </div>
      )}
    </SpaceBetween>
  );
}

/** A field for a number. */
export function NumberField(props: {
  label: string;
  description?: string;
  text: string;
  range: { least: number; most: number };
  disabled: boolean;
  mistake: string;
  onText: (text: string) => void;
}): ReactNode {
  const { least, most } = props.range;
  return (
    <Field
      label={props.label}
      description={props.description}
      constraintText={`From ${least} to ${most.toLocaleString("en")}.`}
      errorText={props.mistake}
    >
      <div className="four">
        <Input
          value={props.text}
          disabled={props.disabled}
          inputMode="numeric"
          autoComplete={false}
          onChange={({ detail }) => props.onText(detail.value.trim())}
        />
      </div>
    </Field>
  );
}
