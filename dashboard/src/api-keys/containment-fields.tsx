import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import type { KeyPolicy } from "../api/client";
import type { Problem } from "../api/problem";
import type { ContainmentDraft } from "./containment-draft";
import { LimitField } from "./limit-field";
import { NetworksField } from "./networks-field";
import { complaintAbout, readRanges } from "./ranges";

/** The API's names of the fields. */
export const CONTAINMENT_FIELDS = ["networks", "suspensionLimit"];

/** The fields about how much harm a new key could do. They are folded, because many keys don't need them. */
export function ContainmentFields(props: {
  value: ContainmentDraft;
  policy: KeyPolicy | undefined;
  scopes: readonly string[];
  disabled: boolean;
  problem: Problem | undefined;
  mistake: (field: string) => string;
  /** A field, by the API's name of it, was changed. */
  onEdit: (field: string, part: Partial<ContainmentDraft>) => void;
}): ReactNode {
  const { value, policy, disabled, problem, mistake, onEdit } = props;
  const [isOpen, setOpen] = useState(
    policy?.networksRequired === true || value.networkUse !== "any" || value.limitChoice !== "policy",
  );
  const wrong = CONTAINMENT_FIELDS.map(mistake);
  const networks = wrong[0] && problem ? complaintAbout(problem.fields, readRanges(value.ranges)) : "";
  return (
    <ExpandableSection
      headerText="Networks and suspension limit"
      headerDescription="Where the key can be used, and how much harm it can do."
      // A mistake must be visible.
      expanded={isOpen || wrong.some(Boolean)}
      onChange={({ detail }) => setOpen(detail.expanded)}
    >
      <SpaceBetween size="m">
        <NetworksField
          value={value}
          policy={policy}
          scopes={props.scopes}
          disabled={disabled}
          mistake={networks || (wrong[0] ?? "")}
          onEdit={(part) => onEdit("networks", part)}
        />
        <LimitField
          value={value}
          policy={policy}
          disabled={disabled}
          mistake={wrong[1] ?? ""}
          onEdit={(part) => onEdit("suspensionLimit", part)}
        />
      </SpaceBetween>
    </ExpandableSection>
  );
}
