import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { asProblem, type Problem } from "../api/problem";
import { ProblemAlert } from "../common/problem-alert";
import { KEY_CHANGED } from "./rotation";

/** What a dialog says about a change. The header is also the button that makes it. */
export interface ChangeTexts {
  header: string;
  busy: string;
  unknown: string;
  failed: string;
}

/** Changes a key, after the administrator has read what that means. */
export function ChangeDialog(props: {
  texts: ChangeTexts;
  /** The button that leaves the dialog while the change can be made. */
  leave: "Cancel" | "Close";
  /** Makes the change, and tells what became of the key. */
  change: () => Promise<void>;
  onClose: () => void;
  /** The key has changed meanwhile. */
  onChanged: () => void;
  children: ReactNode;
}): ReactNode {
  const { texts } = props;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const isOver = KEY_CHANGED.has(problem?.kind ?? "");
  const close = () => !busy && props.onClose();

  const change = async () => {
    setProblem(undefined);
    setBusy(true);
    try {
      await props.change();
    } catch (error) {
      const problem = asProblem(error);
      setProblem(problem);
      setBusy(false);
      if (KEY_CHANGED.has(problem.kind)) props.onChanged();
    }
  };

  return (
    <Modal
      visible
      header={texts.header}
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close} disabled={busy}>
              {isOver ? "Close" : props.leave}
            </Button>
            {!isOver && (
              <Button variant="primary" onClick={() => void change()} loading={busy} loadingText={texts.busy}>
                {texts.header}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {props.children}
        {problem && (
          <ProblemAlert title={problem.outcomeUnknown ? texts.unknown : texts.failed} problem={problem} />
        )}
      </SpaceBetween>
    </Modal>
  );
}
