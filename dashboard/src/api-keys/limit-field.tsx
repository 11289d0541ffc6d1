import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { KeyPolicy } from "../api/client";
import { Field } from "../common/field";
import { plural } from "../common/plural";
import { type LimitDraft, SUSPENSIONS } from "./containment-draft";

/** Asks how many accounts a key can suspend in an hour. */
export function LimitField(props: {
  value: LimitDraft;
  policy: KeyPolicy | undefined;
  disabled: boolean;
  mistake: string;
  onEdit: (part: Partial<LimitDraft>) => void;
}): ReactNode {
  const { value, policy, disabled, mistake, onEdit } = props;
  const isOwn = value.limitChoice === "own";
  return (
    <SpaceBetween size="s">
      <Field
        label="Suspension limit"
        description="How many accounts the key can suspend or delete in an hour, together. A stolen or broken key can't do more harm."
        errorText={isOwn ? "" : mistake}
      >
        <RadioGroup
          value={value.limitChoice}
          onChange={({ detail }) => onEdit({ limitChoice: detail.value as LimitDraft["limitChoice"] })}
          items={[
            { value: "policy", label: "As the key policy says", description: policyText(policy), disabled },
            { value: "own", label: "A number for this key", disabled },
            {
              value: "unlimited",
              label: "No limit",
              description: "A stolen key can then suspend everybody in your company.",
              disabled,
            },
          ]}
        />
      </Field>
      {isOwn && (
        <div className="below-checkbox">
          <Field
            label="Accounts an hour"
            constraintText={`From ${SUSPENSIONS.least} to ${SUSPENSIONS.most.toLocaleString("en")}.`}
            errorText={mistake}
          >
            <div className="four">
              <Input
                value={value.ownLimit}
                disabled={disabled}
                inputMode="numeric"
                autoComplete={false}
                onChange={({ detail }) => onEdit({ ownLimit: detail.value.trim() })}
              />
            </div>
          </Field>
        </div>
      )}
    </SpaceBetween>
  );
}

/** What the key policy says now. */
function policyText(policy: KeyPolicy | undefined): string {
  const limit = policy?.suspensionsPerHour;
  return limit ? `Now ${plural(limit, "account")} an hour.` : "Now without a limit.";
}
