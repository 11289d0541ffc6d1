import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { ActivityLink } from "../common/activity-link";
import { isolated } from "../common/outside";
import { Time } from "../common/time";
import { type RotationStep, rotationSteps } from "./rotation-steps";

/** What a row of the list can ask for. */
export type KeyAction = RotationStep | "revoke";

const STEP_TEXTS: Record<RotationStep, string> = {
  rotate: "Rotate",
  complete: "Complete rotation",
  cancel: "Cancel rotation",
  replace: "Replace the new secret",
};

/** What an administrator can do with a key. */
export function RowActions(props: {
  apiKey: ApiKey;
  isEnterprise: boolean;
  onAction: (action: KeyAction) => void;
}): ReactNode {
  const { apiKey, onAction } = props;
  const which = `${isolated(apiKey.name)}, ${apiKey.mask}`;
  const steps = rotationSteps(apiKey, props.isEnterprise, new Date());
  const [only] = steps;
  return (
    <SpaceBetween size="xxs">
      {apiKey.revocationBeganAt && !apiKey.revokedAt && <NotCompleted began={apiKey.revocationBeganAt} />}
      {only && steps.length === 1 && (
        <Button
          variant="inline-link"
          ariaLabel={`${STEP_TEXTS[only]}: ${which}`}
          onClick={() => onAction(only)}
        >
          {STEP_TEXTS[only]}
        </Button>
      )}
      {steps.length > 1 && (
        <ButtonDropdown
          // The table cuts off what is larger than it.
          expandToViewport
          ariaLabel={`Rotation: ${which}`}
          items={steps.map((step) => ({ id: step, text: STEP_TEXTS[step] }))}
          onItemClick={({ detail }) => onAction(detail.id as RotationStep)}
        >
          Rotation
        </ButtonDropdown>
      )}
      {!apiKey.revokedAt && (
        <Button
          variant="inline-link"
          ariaLabel={`Revoke API Key ${which}`}
          onClick={() => onAction("revoke")}
        >
          Revoke API Key
        </Button>
      )}
      <ActivityLink involving={apiKey.keyId} label={`Activity of ${which}`} />
    </SpaceBetween>
  );
}

/** A revocation that was broken off. The key may be refused already, and revoking it again completes the revocation. */
function NotCompleted({ began }: { began: string }): ReactNode {
  return (
    <>
      <StatusIndicator type="warning">Not fully revoked</StatusIndicator>
      <Box variant="small" display="block">
        A revocation began <Time value={began} />. Revoke the key again to complete it.
      </Box>
    </>
  );
}
