import Box from "@cloudscape-design/components/box";
import Checkbox from "@cloudscape-design/components/checkbox";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { Scope } from "../api/client";
import { Field } from "../common/field";
import { isImplied, withScope } from "./scopes";

/** Asks which APIs a key can call. */
export function ScopesField(props: {
  description: string;
  scopes: readonly Scope[];
  chosen: readonly string[];
  disabled: boolean;
  mistake: string;
  /** Says which scopes are missing and why. */
  missing?: ReactNode;
  onChange: (chosen: string[]) => void;
}): ReactNode {
  const { chosen } = props;
  return (
    <Field label="Works for" description={props.description} errorText={props.mistake}>
      <SpaceBetween size="xs">
        {props.scopes.map(({ id, title, description }) => {
          const implied = isImplied(chosen, id);
          return (
            <Checkbox
              key={id}
              checked={implied || chosen.includes(id)}
              disabled={props.disabled || implied}
              description={description}
              onChange={({ detail }) => props.onChange(withScope(chosen, id, detail.checked))}
            >
              {title}
            </Checkbox>
          );
        })}
        {props.missing && <Box variant="small">{props.missing}</Box>}
      </SpaceBetween>
    </Field>
  );
}
