import Button from "@cloudscape-design/components/button";
import { type ReactNode, useState } from "react";
import type { ApiKey, Me } from "../api/client";
import { part } from "../common/part";
import { ReturnFocus } from "../common/return-focus";
import { useSubject } from "../common/use-draft";
import { type KeyDialog, unfinished } from "./dialog";
import type { KeyDialogsProps } from "./key-dialogs";

/** The dialogs need half as much code as the list, so they load when somebody opens the first one. */
const KeyDialogs = part<KeyDialogsProps>(() => import("./key-dialogs"), {
  loading: (
    <div className="overlay" role="status">
      Loading…
    </div>
  ),
  missing: (retry, { onDialog }) => (
    <div className="overlay" role="alert">
      <p>This form can't be loaded. Check your connection.</p>
      <Button onClick={() => onDialog(undefined)}>Close</Button> <Button onClick={retry}>Try again</Button>
    </div>
  ),
});

/** The dialogs about keys. `open` opens one; render `dialogs` somewhere. */
export function useKeyDialogs(options: {
  me: Me | undefined;
  /** Only forms about this key are opened again after a reload. */
  keyId?: string;
  current: (key: ApiKey) => ApiKey;
  onChanged: () => void;
}): { open: (dialog: KeyDialog) => void; dialogs: ReactNode } {
  const { me, current, onChanged } = options;
  const subject = useSubject();
  const [dialog, setDialog] = useState<KeyDialog | undefined>(() => unfinished(subject, options.keyId));
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
