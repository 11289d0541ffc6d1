import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { KeySuspension } from "../api/client";
import { plural } from "../common/plural";
import { Time } from "../common/time";
import { planOf } from "./suspensions";

/** Says what an undo will do, and asks. */
export function ConfirmUndo(props: {
  chosen: readonly KeySuspension[];
  since: string;
  onClose: () => void;
  onStart: () => void;
}): ReactNode {
  const { chosen, since } = props;
  const { unsuspended, suspended } = planOf(chosen);
  return (
    <Modal
      visible
      header={`Undo ${plural(chosen.length, "suspension")}?`}
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
          This takes back what the key did since <Time value={since} />.
        </div>
        {unsuspended > 0 && (
          <div>
            <Box variant="strong">{plural(unsuspended, "account")} will be unsuspended.</Box> These people can
            sign in again.
          </div>
        )}
        {suspended > 0 && (
          <div>
            <Box variant="strong">{plural(suspended, "account stays", "accounts stay")} suspended,</Box>{" "}
            because another suspension remains.
          </div>
        )}
        <Alert type="info">
          Each account is checked again when it is undone. If somebody else suspends an account meanwhile, it
          stays suspended. You can repeat the undo safely.
        </Alert>
      </SpaceBetween>
    </Modal>
  );
}
