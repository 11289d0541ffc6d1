import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { Loss } from "./losses";
import { ReturnFocus } from "./return-focus";

/** Asks whether to leave and lose something. */
export default function Question(props: { loss: Loss; onStay: () => void; onLeave: () => void }): ReactNode {
  const { loss, onStay, onLeave } = props;
  return (
    <>
      <ReturnFocus />
      <Modal
        visible
        size="small"
        header={loss.title}
        onDismiss={onStay}
        footer={
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" onClick={onLeave}>
                {loss.leave}
              </Button>
              <Button variant="primary" onClick={onStay}>
                Stay
              </Button>
            </SpaceBetween>
          </Box>
        }
      >
        {loss.text}
      </Modal>
    </>
  );
}
