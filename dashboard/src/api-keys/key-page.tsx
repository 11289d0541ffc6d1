import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect } from "react";
import { useParams, useSearchParams } from "react-router";
import { type ApiKeyDetails, type Me } from "../api/client";
import { useScopeTitle, useViewer } from "../api/use-api";
import { ProblemAlert } from "../common/problem-alert";
import { Waiting } from "../common/waiting";
import { useTitle } from "../shell/title";
import type { KeyDialog } from "./dialog";
import { HoldAlert } from "./hold-alert";
import { isChangeable } from "./hold";
import { KeyCalls } from "./key-calls";
import { KeyEvents } from "./key-events";
import { KeyFacts } from "./key-facts";
import { KeyHeader } from "./key-header";
import { addressedDialog, STEP } from "./key-place";
import { KeyUses } from "./key-uses";
import { LeakAlert } from "./leak-alert";
import { LimitAlert } from "./limit-alert";
import { LimitPanel } from "./limit-panel";
import { NetworksPanel } from "./networks-panel";
import { UnknownKey } from "./unknown-key";
import { UnusedScopes } from "./unused-scopes";
import { useKey } from "./use-key";
import { useKeyDialogs } from "./use-key-dialogs";
import { useRefreshKeys } from "./use-keys";

/** `/dashboard/api-keys/:keyId`: everything about a key. */
export default function KeyPage(): ReactNode {
  const { keyId = "" } = useParams();
  // Another key's page begins anew, with its own dialogs.
  return <OneKey key={keyId} keyId={keyId} />;
}

function OneKey({ keyId }: { keyId: string }): ReactNode {
  useTitle("API Key");
  const viewer = useViewer();
  const me = viewer.kind === "administrator" ? viewer.me : undefined;
  const { key, problem, loading, refresh } = useKey(keyId);
  // The events are read again together with the key.
  const refreshAll = useRefreshKeys();
  const [query, setQuery] = useSearchParams();
  const isEnterprise = me?.company.plan === "enterprise";
  const { open, dialogs } = useKeyDialogs({
    me,
    keyId,
    addressed: key && me && addressedDialog(query, key, isEnterprise, new Date()),
    current: (other) => (key?.keyId === other.keyId ? key : other),
    onChanged: refreshAll,
  });
  const isAsked = key !== undefined && me !== undefined && query.has(STEP);
  useEffect(() => {
    // The address asks once. After a reload, or later when the step has become possible, nothing opens.
    if (isAsked) setQuery({}, { replace: true });
  }, [isAsked, setQuery]);
  if (!me) return null;
  if (problem && ["not-found", "invalid-request"].includes(problem.kind)) return <UnknownKey />;
  if (!key) {
    return problem ? (
      <ProblemAlert title="The API key can't be shown" problem={problem} onRetry={refresh} />
    ) : (
      <Waiting>Loading the API key</Waiting>
    );
  }
  return (
    <>
      <SpaceBetween size="l">
        <KeyHeader me={me} apiKey={key} loading={loading} onRefresh={refreshAll} onDialog={open} />
        {problem && <ProblemAlert title="This page may be out of date" problem={problem} onRetry={refresh} />}
        <Contents me={me} apiKey={key} onDialog={open} />
      </SpaceBetween>
      {dialogs}
    </>
  );
}

function Contents(props: {
  me: Me;
  apiKey: ApiKeyDetails;
  onDialog: (dialog: KeyDialog) => void;
}): ReactNode {
  const { me, apiKey: key, onDialog } = props;
  const title = useScopeTitle();
  const isActive = isChangeable(key, new Date());
  const { unusedScopes = [], narrowed } = key.uses;
  return (
    <SpaceBetween size="l">
      {isActive && <LeakAlert apiKey={key} onRevoke={() => onDialog({ kind: "revoke", key })} />}
      {isActive && <LimitAlert apiKey={key} onRelease={() => onDialog({ kind: "release-limit", key })} />}
      {isActive && key.hold && <HoldAlert apiKey={key} />}
      {isActive && unusedScopes.length > 0 && (
        <UnusedScopes
          titles={unusedScopes.map(title)}
          narrowed={narrowed?.map(title)}
          onNarrow={() => onDialog({ kind: "edit", key, ...(narrowed && { scopes: narrowed }) })}
          onRevoke={() => onDialog({ kind: "revoke", key })}
        />
      )}
      <KeyFacts me={me} apiKey={key} />
      <KeyUses uses={key.uses} />
      <NetworksPanel
        apiKey={key}
        onEdit={isActive ? (added) => onDialog({ kind: "networks", key, added }) : undefined}
      />
      <LimitPanel apiKey={key} onEdit={isActive ? () => onDialog({ kind: "limit", key }) : undefined} />
      <KeyEvents apiKey={key} />
      {isActive && <KeyCalls apiKey={key} />}
    </SpaceBetween>
  );
}
