import Box from "@cloudscape-design/components/box";
import Input from "@cloudscape-design/components/input";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import { Field } from "../common/field";
import { isolated, Outside } from "../common/outside";
import { Time } from "../common/time";
import { masksOf, type RevocationRow } from "./revoke-many";

/** A key that is to be revoked with others: what it is, the fields that identify it, and the result. */
export function RevokeRow(props: {
  row: RevocationRow;
  disabled: boolean;
  mistake: string;
  onChange: (part: Partial<RevocationRow>) => void;
}): ReactNode {
  const { row, mistake, onChange } = props;
  const { key, state } = row;
  const masks = masksOf(key, new Date());
  const characters = (label: string, field: "firstFour" | "lastFour") => (
    <Input
      value={row[field]}
      ariaLabel={`${label} four characters of ${isolated(key.name)}, ${key.mask}`}
      placeholder={label}
      disabled={props.disabled}
      invalid={mistake !== ""}
      autoComplete={false}
      spellcheck={false}
      nativeInputAttributes={{ maxLength: 4, autoCapitalize: "off", autoCorrect: "off" }}
      onChange={({ detail }) => onChange({ [field]: detail.value.trim() })}
    />
  );
  return (
    <li>
      <div>
        <strong>
          <Outside>{key.name}</Outside>
        </strong>{" "}
        {masks.map((mask, i) => (
          <span key={mask}>
            {i > 0 && " or "}
            <code className="mask">{mask}</code>
          </span>
        ))}
        <Box variant="small" display="block">
          <Outside>{key.createdBy.email}</Outside>, last used:{" "}
          {key.lastUsedAt ? <Time value={key.lastUsedAt} /> : "never"}
        </Box>
      </div>
      {state.kind === "revoked" ? (
        <StatusIndicator type="success">Revoked</StatusIndicator>
      ) : (
        <Field label="First and last four characters" errorText={mistake}>
          <div className="four-and-four">
            {characters("First", "firstFour")}
            {characters("Last", "lastFour")}
          </div>
        </Field>
      )}
      {state.kind === "failed" && (
        <StatusIndicator type="error">
          {state.isUnknown ? "May or may not be revoked" : "Not revoked"}: <Outside>{state.reason}</Outside>
        </StatusIndicator>
      )}
    </li>
  );
}
