import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect, useState } from "react";
import type { ApiKey, Me } from "../api/client";
import { part } from "../common/part";
import { ReturnFocus } from "../common/return-focus";
import { useSubject } from "../common/use-draft";
import { type KeyDialog, unfinished } from "./dialog";
import type { KeyDialogsProps } from "./key-dialogs";

/** The list doesn't need the code of the dialogs, so they load when somebody opens the first one. */
const KeyDialogs = part<KeyDialogsProps>(() => import("./key-dialogs"), {
  loading: ({ onDialog }) => (
    <Overlay role="status" onClose={() => onDialog(undefined)}>
      Loading…
    </Overlay>
  ),
  missing: (retry, { onDialog }) => (
    <Overlay role="alert" onClose={() => onDialog(undefined)}>
      <SpaceBetween size="s">
        <div>This form can't be loaded. Check your connection.</div>
        <SpaceBetween size="xs" direction="horizontal">
          <Button onClick={() => onDialog(undefined)}>Close</Button>
          <Button onClick={retry}>Try again</Button>
        </SpaceBetween>
      </SpaceBetween>
    </Overlay>
  ),
});

/** What is shown in place of a dialog that is not loaded. Escape closes it, like the dialog. */
function Overlay(props: { role: "status" | "alert"; onClose: () => void; children: ReactNode }): ReactNode {
  const { role, onClose, children } = props;
  useEffect(() => {
    const close = ({ key }: KeyboardEvent) => {
      if (key === "Escape") onClose();
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, [onClose]);
  return (
    <div className="overlay" role={role}>
      {children}
    </div>
  );
}

/** The dialogs about keys. `open` opens one; render `dialogs` somewhere. */
export function useKeyDialogs(options: {
  me: Me | undefined;
  /** Only forms about this key are opened again after a reload. */
  keyId?: string;
  /** The dialog that the page's address asks for. It opens unless another one is open. */
  addressed?: KeyDialog | undefined;
  current: (key: ApiKey) => ApiKey;
  onChanged: () => void;
}): { open: (dialog: KeyDialog) => void; dialogs: ReactNode } {
  const { me, addressed, current, onChanged } = options;
  const subject = useSubject();
  const [dialog, setDialog] = useState<KeyDialog | undefined>(() => unfinished(subject, options.keyId));
  const [opened, setOpened] = useState(false);
  if (addressed && !opened) {
    setOpened(true);
    if (!dialog) setDialog(addressed);
  }
  const open = (dialog: KeyDialog) => {
    setDialog(dialog);
    // Another administrator may have made a new secret, which rotating would replace.
    if (dialog.kind === "rotate") onChanged();
  };
  const dialogs = dialog && me && (
    <>
      <ReturnFocus />
      <KeyDialogs dialog={dialog} me={me} current={current} onDialog={setDialog} onChanged={onChanged} />
    </>
  );
  return { open, dialogs };
}
