import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { ApiKey, Me } from "../api/client";
import { Outside } from "../common/outside";
import { AttentionBadges } from "./attention-badges";
import type { KeyDialog } from "./dialog";
import { canHold, canRelease, isChangeable } from "./hold";
import { rotationSteps } from "./rotation-steps";
import { STEP_TEXTS } from "./row-actions";

/** The name of a key, and what an administrator can do with the key. */
export function KeyHeader(props: {
  me: Me;
  apiKey: ApiKey;
  loading: boolean;
  onRefresh: () => void;
  onDialog: (dialog: KeyDialog) => void;
}): ReactNode {
  const { me, apiKey: key, onDialog } = props;
  const now = new Date();
  const steps = rotationSteps(key, me.company.plan === "enterprise", now);
  return (
    <Header
      variant="h1"
      description={<AttentionBadges apiKey={key} />}
      actions={
        <SpaceBetween size="xs" direction="horizontal">
          <Button iconName="refresh" ariaLabel="Refresh" loading={props.loading} onClick={props.onRefresh} />
          {isChangeable(key, now) && <Button onClick={() => onDialog({ kind: "edit", key })}>Edit</Button>}
          {canHold(key, now) && <Button onClick={() => onDialog({ kind: "hold", key })}>Hold</Button>}
          {canRelease(key, now) && (
            <Button onClick={() => onDialog({ kind: "release", key })}>Release</Button>
          )}
          {steps.map((step) => (
            <Button key={step} onClick={() => onDialog({ kind: step === "replace" ? "rotate" : step, key })}>
              {STEP_TEXTS[step]}
            </Button>
          ))}
          {!key.revokedAt && <Button onClick={() => onDialog({ kind: "revoke", key })}>Revoke</Button>}
        </SpaceBetween>
      }
    >
      <Outside>{key.name}</Outside>
    </Header>
  );
}
