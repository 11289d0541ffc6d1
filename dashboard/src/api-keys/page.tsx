import { type ReactNode, useState } from "react";
import { useSearchParams } from "react-router";
import type { ApiKey } from "../api/client";
import { useViewer } from "../api/use-api";
import { EnterpriseOnly } from "../common/enterprise-only";
import { kept } from "../common/kept";
import { Outside } from "../common/outside";
import { ReturnFocus } from "../common/return-focus";
import { useSubject } from "../common/use-draft";
import { useNotifications } from "../shell/notifications";
import { useTitle } from "../shell/title";
import { CreateDialog } from "./create-dialog";
import { CREATE_DRAFT, type CreateDraft } from "./draft";
import { EndRotationDialog, type Ending } from "./end-rotation-dialog";
import { REVOKE_DRAFT, RevokeDialog, type RevokeDraft } from "./revoke-dialog";
import { ROTATE_DRAFT, type RotateDraft } from "./rotate-draft";
import { RotateDialog } from "./rotate-dialog";
import { newestMask } from "./rotation";
import type { KeyAction } from "./row-actions";
import { KeyTable } from "./table";
import { type KeyFilter, OWNERS, STATES, useKeys, useRefreshKeys } from "./use-keys";

type Dialog =
  | { kind: "create"; draft?: Partial<CreateDraft> }
  | { kind: "revoke"; key: ApiKey; unseen?: boolean }
  | { kind: "rotate" | Ending; key: ApiKey };

/** `/dashboard/api-keys`: the company's keys. */
export default function ApiKeysPage(): ReactNode {
  useTitle("API Keys");
  const viewer = useViewer();
  const [filter, setFilter] = useFilter();
  const keys = useKeys(filter);
  const refresh = useRefreshKeys();
  const { notify } = useNotifications();
  const subject = useSubject();
  const [dialog, setDialog] = useState<Dialog | undefined>(() => unfinished(subject));
  if (viewer.kind !== "administrator") return null;
  const { me } = viewer;
  const enterprise = me.company.plan === "enterprise";
  // Without the plan there may be existing keys to revoke, unless the list was read and is empty.
  const showTable =
    enterprise || filter.state !== "active" || Boolean(keys.items?.length) || keys.problem !== undefined;
  const create = (draft?: Partial<CreateDraft>) => setDialog({ kind: "create", ...(draft && { draft }) });
  const close = () => {
    setDialog(undefined);
    refresh();
  };
  const revoked = (key: ApiKey, unseen: boolean) => {
    const draft = { name: key.name, scopes: key.scopes };
    close();
    if (unseen) return create(draft);
    notify({
      type: "success",
      header: (
        <>
          API key <Outside>{key.name}</Outside> is revoked
        </>
      ),
      content: "It can no longer be used.",
      ...(enterprise && {
        buttonText: "Create replacement",
        onButtonClick: () => create(draft),
      }),
    });
  };
  const ended = (key: ApiKey, ending: Ending) => {
    close();
    notify({
      type: "success",
      header: (
        <>
          The rotation of <Outside>{key.name}</Outside> is {ending === "complete" ? "completed" : "canceled"}
        </>
      ),
      content: endText(key, ending),
    });
  };
  const act = (key: ApiKey, action: KeyAction) => {
    setDialog({ kind: action === "replace" ? "rotate" : action, key });
    // Another administrator may have made a new secret, which rotating would replace.
    if (action === "rotate") refresh();
  };
  return (
    <>
      {!enterprise && (
        <EnterpriseOnly company={me.company.name} title="API Keys" heading={!showTable}>
          <Outside>{me.company.name}</Outside> is not on the Enterprise plan. You can't create API keys, and
          existing keys are refused until the company is on this plan again. You can revoke existing keys
          here.
        </EnterpriseOnly>
      )}
      {showTable && (
        <KeyTable
          me={me}
          keys={keys}
          filter={filter}
          onFilter={setFilter}
          onCreate={enterprise ? () => create() : undefined}
          onAction={act}
        />
      )}
      {dialog && <ReturnFocus />}
      {dialog?.kind === "create" && (
        <CreateDialog
          scopes={me.scopes}
          draft={dialog.draft}
          onClose={close}
          onRevoke={(key) => setDialog({ kind: "revoke", key, unseen: true })}
        />
      )}
      {dialog?.kind === "revoke" && (
        <RevokeDialog
          apiKey={dialog.key}
          unseen={dialog.unseen === true}
          scopes={me.scopes}
          onClose={close}
          onRevoked={(key) => revoked(key, dialog.unseen === true)}
        />
      )}
      {dialog?.kind === "rotate" && (
        <RotateDialog
          apiKey={keys.items?.find(({ keyId }) => keyId === dialog.key.keyId) ?? dialog.key}
          onClose={close}
          onChanged={refresh}
        />
      )}
      {(dialog?.kind === "complete" || dialog?.kind === "cancel") && (
        <EndRotationDialog
          apiKey={dialog.key}
          ending={dialog.kind}
          onClose={close}
          onEnded={ended}
          onChanged={refresh}
        />
      )}
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

/** The form that somebody was filling when the session ended or the page was reloaded. */
function unfinished(subject: string): Dialog | undefined {
  const revoke = kept(subject, REVOKE_DRAFT) as RevokeDraft | undefined;
  if (revoke) return { kind: "revoke", key: revoke.apiKey, unseen: revoke.unseen };
  const rotate = kept(subject, ROTATE_DRAFT) as RotateDraft | undefined;
  if (rotate) return { kind: "rotate", key: rotate.apiKey };
  return kept(subject, CREATE_DRAFT) ? { kind: "create" } : undefined;
}

/** The filter, which is stored in the address, so that a reload and a link show the same list. */
function useFilter(): [KeyFilter, (filter: KeyFilter) => void] {
  const [query, setQuery] = useSearchParams();
  const filter = {
    owner: OWNERS.find((owner) => owner === query.get("owner")) ?? "all",
    state: STATES.find((state) => state === query.get("state")) ?? "active",
  };
  const change = ({ owner, state }: KeyFilter) =>
    setQuery({ ...(owner !== "all" && { owner }), ...(state !== "active" && { state }) }, { replace: true });
  return [filter, change];
}
