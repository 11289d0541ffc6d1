import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { RepeatedApiKey } from "../api/client";
import { Outside } from "../common/outside";

/** Says that the key was created, but that the response that showed it got lost. */
export function UnseenKey(props: {
  apiKey: RepeatedApiKey;
  onClose: () => void;
  onRevoke: () => void;
}): ReactNode {
  const { name, mask } = props.apiKey;
  return (
    <Modal
      visible
      header="The API key exists, but can't be shown"
      onDismiss={props.onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={props.onClose}>
              Keep it
            </Button>
            <Button variant="primary" onClick={props.onRevoke}>
              Revoke it and create another
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <Alert type="warning">
        The API key “<Outside>{name}</Outside>” (<code>{mask}</code>) was created, but the response that
        showed it did not arrive. The key is never stored in our systems, so it can't be shown again. Nobody
        has seen it. Revoke it and create another.
      </Alert>
    </Modal>
  );
}
