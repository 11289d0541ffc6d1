import type { ReactNode } from "react";
import type { ApiKey, Me } from "../api/client";
import { Outside } from "../common/outside";
import { useNotifications } from "../shell/notifications";
import { CreateDialog } from "./create-dialog";
import type { KeyDialog } from "./dialog";
import type { CreateDraft } from "./draft";
import { EditDialog } from "./edit-dialog";
import { EndRotationDialog, type Ending } from "./end-rotation-dialog";
import { HoldDialog, type Holding } from "./hold-dialog";
import { LimitDialog } from "./limit-dialog";
import { NetworksDialog } from "./networks-dialog";
import { ReleaseLimitDialog } from "./release-limit-dialog";
import { RevokeDialog } from "./revoke-dialog";
import { RevokeManyDialog } from "./revoke-many-dialog";
import { RotateDialog } from "./rotate-dialog";
import { newestMask } from "./rotation";

/** What the dialogs need from the page that opens them. */
export interface KeyDialogsProps {
  dialog: KeyDialog;
  me: Me;
  /** The key as it is now, if the page has read it again. */
  current: (key: ApiKey) => ApiKey;
  onDialog: (dialog: KeyDialog | undefined) => void;
  /** Keys may have changed. */
  onChanged: () => void;
}

/** The dialog that is open, and the message about what it did. It loads when somebody opens the first dialog. */
export default function KeyDialogs(props: KeyDialogsProps): ReactNode {
  const { dialog, me, onDialog, onChanged } = props;
  const { notify } = useNotifications();
  const policy = me.company.keyPolicy;
  const create = (draft: Partial<CreateDraft>) => onDialog({ kind: "create", draft });
  const close = () => {
    onDialog(undefined);
    onChanged();
  };
  const succeed = (header: ReactNode, content: string, more: Parameters<typeof notify>[0] = {}) => {
    close();
    notify({ type: "success", header, content, ...more });
  };
  const revoked = (key: ApiKey, unseen: boolean) => {
    const draft = { name: key.name, scopes: [...key.scopes] };
    if (unseen) {
      close();
      return create(draft);
    }
    succeed(named("API key", key, "is revoked"), "It can no longer be used.", {
      ...(me.company.plan === "enterprise" && {
        buttonText: "Create replacement",
        onButtonClick: () => create(draft),
      }),
    });
  };
  const ended = (key: ApiKey, ending: Ending) =>
    succeed(
      named("The rotation of", key, `is ${ending === "complete" ? "completed" : "canceled"}`),
      endText(key, ending),
    );
  const held = (key: ApiKey, holding: Holding) =>
    holding === "hold"
      ? succeed(named("API key", key, "is held"), "Requests with it are refused until you release it.")
      : succeed(named("API key", key, "is released"), "It works again.");
  const edited = (key: ApiKey) => succeed(named("API key", key, "is saved"), "The changes apply at once.");

  switch (dialog.kind) {
    case "create":
      return (
        <CreateDialog
          scopes={me.scopes}
          policy={policy}
          draft={dialog.draft}
          onClose={close}
          onRevoke={(key) => onDialog({ kind: "revoke", key, unseen: true })}
        />
      );
    case "edit":
      return (
        <EditDialog
          apiKey={dialog.key}
          chosen={dialog.scopes}
          scopes={me.scopes}
          policy={policy}
          onClose={close}
          onEdited={edited}
          onChanged={onChanged}
        />
      );
    case "revoke":
      return (
        <RevokeDialog
          apiKey={dialog.key}
          unseen={dialog.unseen === true}
          scopes={me.scopes}
          onClose={close}
          onRevoked={(key) => revoked(key, dialog.unseen === true)}
        />
      );
    case "revoke-many":
      return <RevokeManyDialog keys={dialog.keys} onClose={close} onChanged={onChanged} />;
    case "rotate":
      return (
        <RotateDialog
          apiKey={props.current(dialog.key)}
          policy={policy}
          onClose={close}
          onChanged={onChanged}
        />
      );
    case "complete":
    case "cancel":
      return (
        <EndRotationDialog
          apiKey={dialog.key}
          ending={dialog.kind}
          onClose={close}
          onEnded={ended}
          onChanged={onChanged}
        />
      );
    case "hold":
    case "release":
      return (
        <HoldDialog
          apiKey={dialog.key}
          holding={dialog.kind}
          titles={dialog.key.scopes.map((id) => me.scopes.find((scope) => scope.id === id)?.title ?? id)}
          onClose={close}
          onDone={held}
          onChanged={onChanged}
        />
      );
    case "networks":
      return (
        <NetworksDialog
          apiKey={dialog.key}
          added={dialog.added}
          policy={policy}
          onClose={close}
          onEdited={edited}
          onChanged={onChanged}
        />
      );
    case "limit":
      return (
        <LimitDialog
          apiKey={dialog.key}
          policy={policy}
          onClose={close}
          onEdited={edited}
          onChanged={onChanged}
        />
      );
    case "release-limit":
      return (
        <ReleaseLimitDialog
          apiKey={dialog.key}
          onClose={close}
          onDone={(key) =>
            succeed(named("The suspension limit of", key, "is released"), "It can suspend accounts again.")
          }
          onChanged={onChanged}
        />
      );
  }
}

/** `API key NAME is revoked` */
function named(before: string, { name }: ApiKey, after: string): ReactNode {
  return (
    <>
      {before} <Outside>{name}</Outside> {after}
    </>
  );
}

/** Says which secret has ended, and which one goes on. */
function endText(key: ApiKey, ending: Ending): string {
  const [current, other] = [newestMask(key), key.oldSecret?.mask ?? key.mask];
  return ending === "complete"
    ? `The old secret, ${other}, no longer works. The key's secret is ${current}.`
    : `The new secret, ${current}, no longer works. The key's secret is ${other}.`;
}
