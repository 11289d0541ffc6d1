import Alert from "@cloudscape-design/components/alert";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import type { ReactNode } from "react";
import type { KeyPolicy } from "../api/client";
import { Field } from "../common/field";
import { masked } from "../common/secrets";
import type { NetworksDraft } from "./containment-draft";
import { MOST_RANGES } from "./ranges";

/** Asks from which networks a key can be used. */
export function NetworksField(props: {
  value: NetworksDraft;
  policy: KeyPolicy | undefined;
  scopes: readonly string[];
  disabled: boolean;
  mistake: string;
  onEdit: (part: Partial<NetworksDraft>) => void;
}): ReactNode {
  const { value, policy, disabled, mistake, onEdit } = props;
  const isRequired = policy?.networksRequired === true;
  const isListed = value.networkUse !== "any";
  return (
    <SpaceBetween size="s">
      <Field
        label="Works from"
        description={
          isRequired &&
          "Your company's key policy demands that keys can be used only from the networks on a list."
        }
        errorText={isListed ? "" : mistake}
      >
        <RadioGroup
          value={value.networkUse}
          onChange={({ detail }) => onEdit({ networkUse: detail.value as NetworksDraft["networkUse"] })}
          items={[
            { value: "any", label: "Any network", disabled: disabled || isRequired },
            {
              value: "report",
              label: "Any network, and report what a list would refuse",
              description: "Nothing is refused. Use this to try out a list.",
              disabled: disabled || isRequired,
            },
            {
              value: "enforce",
              label: "Only the networks on a list",
              description: "Requests from other networks are refused. A stolen key is of no use elsewhere.",
              disabled,
            },
          ]}
        />
      </Field>
      {isListed && (
        <Field
          stretch
          label="Addresses and ranges"
          description="One on each line, IPv4 or IPv6."
          constraintText={`At most ${MOST_RANGES}.`}
          errorText={mistake}
        >
          <Textarea
            value={value.ranges}
            disabled={disabled}
            rows={5}
            spellcheck={false}
            autoComplete={false}
            placeholder={"203.0.113.0/24\n2001:db8::/48"}
            onChange={({ detail }) => onEdit({ ranges: masked(detail.value) })}
          />
        </Field>
      )}
      {isListed && <DirectoryWarning scopes={props.scopes} />}
    </SpaceBetween>
  );
}

/** Warns about a list for a key that a directory may use. */
export function DirectoryWarning({ scopes }: { scopes: readonly string[] }): ReactNode {
  if (!scopes.some((scope) => ["scim", "scim:read"].includes(scope))) return null;
  return (
    <Alert type="warning" header="Directories call from large ranges that change">
      Okta and Entra ID publish the ranges that they call from, and change them. If a directory uses this key,
      report first what the list would refuse. Later, keep the list up to date. Otherwise the directory can't
      suspend people who leave.
    </Alert>
  );
}
