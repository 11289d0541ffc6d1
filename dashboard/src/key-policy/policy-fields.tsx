import Checkbox from "@cloudscape-design/components/checkbox";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { covers, isImplied, withScope } from "../api-keys/scopes";
import type { Scope } from "../api/client";
import { Field } from "../common/field";
import { SUSPENSIONS } from "../api-keys/containment-draft";
import { GRACE, LIFETIME, type PolicyDraft, UNUSED } from "./draft";
import { DemandField, NumberField } from "./number-field";

/** The fields of a key policy, each with an explanation. */
export function PolicyFields(props: {
  value: PolicyDraft;
  scopes: readonly Scope[];
  disabled: boolean;
  mistake: (field: string) => string;
  /** A field, by the API's name of it, was changed. */
  onEdit: (field: string, part: Partial<PolicyDraft>) => void;
}): ReactNode {
  const { value, disabled, mistake, onEdit } = props;
  return (
    <SpaceBetween size="l">
      <SpaceBetween size="s">
        <Checkbox
          // A longest lifetime implies it.
          checked={value.mustExpire || value.hasLongest}
          disabled={disabled || value.hasLongest}
          description="A key that everybody has forgotten then ends by itself."
          onChange={({ detail }) => onEdit("mustExpire", { mustExpire: detail.checked })}
        >
          Keys must expire
        </Checkbox>
        <DemandField
          checkbox="Limit the lifetime of keys"
          explanation="Counted from the day on which a key, or its new secret, was made."
          isChecked={value.hasLongest}
          label="Longest lifetime in days"
          text={value.longestDays}
          range={LIFETIME}
          disabled={disabled}
          mistake={mistake("longestLifetimeDays")}
          onCheck={(hasLongest) =>
            onEdit("longestLifetimeDays", { hasLongest, ...(hasLongest && { mustExpire: true }) })
          }
          onText={(longestDays) => onEdit("longestLifetimeDays", { longestDays })}
        />
        <DemandField
          checkbox="Hold keys that nobody uses"
          explanation="A held key is refused until an administrator releases it."
          isChecked={value.holdsUnused}
          label="Days without a use"
          text={value.unusedDays}
          range={UNUSED}
          disabled={disabled}
          mistake={mistake("unusedDays")}
          onCheck={(holdsUnused) => onEdit("unusedDays", { holdsUnused })}
          onText={(unusedDays) => onEdit("unusedDays", { unusedDays })}
        />
        <OfferedScopes {...props} />
        <Checkbox
          checked={value.requiresNetworks}
          disabled={disabled}
          description="A stolen key is then of no use in another network. Each key has its own list, which must be enforced."
          onChange={({ detail }) => onEdit("networksRequired", { requiresNetworks: detail.checked })}
        >
          Keys must have a list of networks
        </Checkbox>
      </SpaceBetween>
      <NumberField
        label="Days of grace"
        description="A key that breaks a new rule works for these days, so that there is time to correct it. Then it is held. New keys must comply at once."
        text={value.graceDays}
        range={GRACE}
        disabled={disabled}
        mistake={mistake("graceDays")}
        onText={(graceDays) => onEdit("graceDays", { graceDays })}
      />
      <DemandField
        checkbox="Limit how many accounts a key can suspend in an hour"
        explanation="Deletions count too. A lower limit applies at once, without days of grace. It doesn't apply to keys with a number of their own, and not to administrators. Without a limit, a stolen key can suspend everybody in your company."
        isChecked={value.limitsSuspensions}
        label="Accounts an hour"
        text={value.suspensionsPerHour}
        range={SUSPENSIONS}
        disabled={disabled}
        mistake={mistake("suspensionsPerHour")}
        onCheck={(limitsSuspensions) => onEdit("suspensionsPerHour", { limitsSuspensions })}
        onText={(suspensionsPerHour) => onEdit("suspensionsPerHour", { suspensionsPerHour })}
      />
      <LeakedKeys {...props} />
    </SpaceBetween>
  );
}

/** Asks what happens to a key that GitHub finds. */
function LeakedKeys(props: {
  value: PolicyDraft;
  disabled: boolean;
  mistake: (field: string) => string;
  onEdit: (field: string, part: Partial<PolicyDraft>) => void;
}): ReactNode {
  return (
    <Field
      label="When GitHub finds a key in public"
      description="GitHub looks for API keys in public repositories and reports them to this service. A key that anybody else reports is always revoked."
      errorText={props.mistake("leakedKeys")}
    >
      <RadioGroup
        value={props.value.leakedKeys}
        items={[
          {
            value: "revoke",
            label: "Revoke the key at once (recommended)",
            description:
              "Attackers look there too, and find keys within minutes. Everything that uses the key stops.",
            disabled: props.disabled,
          },
          {
            value: "alert",
            label: "Only alert",
            description: "The key still works. Its page and the activity show the report.",
            disabled: props.disabled,
          },
        ]}
        onChange={({ detail }) =>
          props.onEdit("leakedKeys", { leakedKeys: detail.value as PolicyDraft["leakedKeys"] })
        }
      />
    </Field>
  );
}

/** Asks which APIs keys may call. An API includes its read-only form. */
function OfferedScopes(props: {
  value: PolicyDraft;
  scopes: readonly Scope[];
  disabled: boolean;
  mistake: (field: string) => string;
  onEdit: (field: string, part: Partial<PolicyDraft>) => void;
}): ReactNode {
  const { value, scopes, disabled, onEdit } = props;
  return (
    <SpaceBetween size="xs">
      <Checkbox
        checked={!value.offersAll}
        disabled={disabled}
        description="Keys can then not call the other APIs."
        onChange={({ detail }) => onEdit("scopes", { offersAll: !detail.checked })}
      >
        Limit the APIs that keys can call
      </Checkbox>
      {!value.offersAll && (
        <div className="below-checkbox">
          <Field label="APIs on offer" errorText={props.mistake("scopes")}>
            <SpaceBetween size="xs">
              {scopes.map(({ id, title, description }) => (
                <Checkbox
                  key={id}
                  checked={covers(value.scopes, id)}
                  disabled={disabled || isImplied(value.scopes, id)}
                  description={description}
                  onChange={({ detail }) =>
                    onEdit("scopes", { scopes: withScope(value.scopes, id, detail.checked) })
                  }
                >
                  {title}
                </Checkbox>
              ))}
            </SpaceBetween>
          </Field>
        </div>
      )}
    </SpaceBetween>
  );
}
