import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { ActivityLink } from "../common/activity-link";
import { isolated } from "../common/outside";
import { Time } from "../common/time";
import { RotationState } from "./rotation-state";
import { type RotationStep, rotationSteps } from "./rotation-steps";

/** What a row of the list can ask for. */
export type KeyAction = RotationStep | "revoke";

/** The names of the steps of a rotation. */
export const STEP_TEXTS: Record<RotationStep, string> = {
  rotate: "Rotate",
  complete: "Complete rotation",
  cancel: "Cancel rotation",
  replace: "Rotate again",
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
  return (
    <SpaceBetween size="xxs">
      {apiKey.revocationBeganAt && !apiKey.revokedAt && <NotCompleted began={apiKey.revocationBeganAt} />}
      {steps.length > 0 && <RotationState apiKey={apiKey} />}
      {steps.map((step) => (
        <Button
          key={step}
          variant="inline-link"
          ariaLabel={`${STEP_TEXTS[step]}: ${which}`}
          onClick={() => onAction(step)}
        >
          {STEP_TEXTS[step]}
        </Button>
      ))}
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
export function NotCompleted({ began }: { began: string }): ReactNode {
  return (
    <>
      <StatusIndicator type="warning">Not fully revoked</StatusIndicator>
      <Box variant="small" display="block">
        A revocation began <Time value={began} />. Revoke the key again to complete it.
      </Box>
    </>
  );
}
