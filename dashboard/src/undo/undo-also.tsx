import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { isolated, Outside } from "../common/outside";
import { plural } from "../common/plural";
import { ReturnFocus } from "../common/return-focus";
import { Time } from "../common/time";
import type { OtherKey } from "../members/run-store";

/** Offers to undo also what other keys did to accounts that stay suspended because of them. */
export function UndoAlso(props: {
  others: readonly OtherKey[];
  since: string;
  /** Whether this replaces results that nobody has downloaded. */
  replacesResults: boolean;
  /** Whether other members are being changed. */
  isBusy: boolean;
  onStart: (other: OtherKey) => void;
}): ReactNode {
  const { others, since, isBusy } = props;
  const [asked, setAsked] = useState<OtherKey>();
  if (others.length === 0) return null;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Accounts stay suspended because these keys suspended them too. Their own lists may not have these accounts. If such a key was stolen too, undo also for it."
        >
          Also suspended by other API keys
        </Header>
      }
    >
      <ul className="also" aria-label="Other API keys">
        {others.map((other) => (
          <li key={other.keyId}>
            <div>
              <Outside>{other.keyName}</Outside>
              <Box variant="small" display="block">
                {plural(other.accounts.length, "account")}
              </Box>
            </div>
            <Button
              disabled={isBusy}
              ariaLabel={`Undo also for ${isolated(other.keyName)}`}
              onClick={() => setAsked(other)}
            >
              Undo also for <Outside>{other.keyName}</Outside>
            </Button>
          </li>
        ))}
      </ul>
      {asked && (
        <>
          <ReturnFocus />
          <ConfirmAlso
            other={asked}
            since={since}
            replacesResults={props.replacesResults}
            onClose={() => setAsked(undefined)}
            onStart={() => {
              setAsked(undefined);
              props.onStart(asked);
            }}
          />
        </>
      )}
    </Container>
  );
}

/** Says what the undo for another key will do, and asks. */
function ConfirmAlso(props: {
  other: OtherKey;
  since: string;
  replacesResults: boolean;
  onClose: () => void;
  onStart: () => void;
}): ReactNode {
  const { keyName, accounts } = props.other;
  return (
    <Modal
      visible
      header={
        <>
          Undo also for <Outside>{keyName}</Outside>?
        </>
      }
      onDismiss={props.onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={props.onClose}>
              Cancel
            </Button>
            <Button variant="primary" onClick={props.onStart}>
              Undo
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>
          This takes back that the API key <Outside>{keyName}</Outside> suspended{" "}
          {plural(accounts.length, "account")} since <Time value={props.since} />. An account is unsuspended
          if no other suspension remains.
        </div>
        <Alert type="warning" header="Only if this key was stolen or is broken, too">
          If the key belongs to your directory, it suspended these people for a reason: they may have left the
          company. Leave them suspended then. If the key was stolen, hold or revoke it first. Otherwise it can
          suspend them again.
        </Alert>
        {props.replacesResults && (
          <Alert type="info">
            The new results replace the ones that you see now. Download them first if you need them.
          </Alert>
        )}
      </SpaceBetween>
    </Modal>
  );
}
