import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { isHeld } from "../api-keys/attention";
import { keyState } from "../api-keys/key-state";
import { isLimitReached, startOfHour } from "../api-keys/limit-state";
import { UnknownKey } from "../api-keys/unknown-key";
import { useKey } from "../api-keys/use-key";
import type { ApiKeyDetails, Me } from "../api/client";
import { useViewer } from "../api/use-api";
import { EnterpriseOnly } from "../common/enterprise-only";
import { Outside } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { Waiting } from "../common/waiting";
import { ManyResult } from "../members/many-result";
import { type MemberRun, type OtherKey, pageOf, type RunStore, type Undo } from "../members/run-store";
import { useRun } from "../members/use-run";
import { useTitle } from "../shell/title";
import { otherKeys, remaining, rowsOf, undoAlso } from "./other-keys";
import { Preview } from "./preview";
import { sinceIn } from "./since";
import { SinceField } from "./since-field";
import { UndoAlso } from "./undo-also";

const DAY = 24 * 60 * 60 * 1000;

/** `/dashboard/api-keys/:keyId/undo`: takes back what a key suspended. */
export default function UndoPage(): ReactNode {
  const { keyId = "" } = useParams();
  useTitle("Undo suspensions");
  const viewer = useViewer();
  const { key, problem, refresh } = useKey(keyId);
  if (viewer.kind !== "administrator") return null;
  if (problem && ["not-found", "invalid-request"].includes(problem.kind)) return <UnknownKey />;
  if (!key) {
    return problem ? (
      <ProblemAlert title="The API key can't be shown" problem={problem} onRetry={refresh} />
    ) : (
      <Waiting>Loading the API key</Waiting>
    );
  }
  // Another key's page begins anew.
  return <OfKey key={keyId} me={viewer.me} apiKey={key} />;
}

function OfKey({ me, apiKey: key }: { me: Me; apiKey: ApiKeyDetails }): ReactNode {
  const navigate = useNavigate();
  const [store, run] = useRun();
  const [query, setQuery] = useSearchParams();
  const [usual] = useState(() => usualSince(key));
  const since = sinceIn(query) ?? usual;
  const isEnterprise = me.company.plan === "enterprise";
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={
          <>
            Take back what the API key <Outside>{key.name}</Outside> <code className="mask">{key.mask}</code>{" "}
            suspended. Accounts that somebody else suspended too stay suspended.
          </>
        }
        actions={
          <Button onClick={() => void navigate(`/dashboard/api-keys/${key.keyId}`)}>
            Back to the API key
          </Button>
        }
      >
        Undo suspensions
      </Header>
      {!isEnterprise && (
        <EnterpriseOnly company={me.company.name} title="API Keys" heading={false}>
          <Outside>{me.company.name}</Outside> is not on the Enterprise plan. You can see what the key
          suspended, but you can&apos;t undo it until the company is on this plan again.
        </EnterpriseOnly>
      )}
      {run?.undo && pageOf(run.undo) === key.keyId ? (
        <Results key={run.id} me={me} store={store} run={run} undo={run.undo} isAllowed={isEnterprise} />
      ) : (
        <SpaceBetween size="l">
          <StillWorks apiKey={key} />
          <SinceField since={since} onChange={(since) => setQuery({ since }, { replace: true })} />
          <Preview
            key={since}
            apiKey={key}
            since={since}
            isAllowed={isEnterprise}
            isBusy={run !== undefined}
            onStart={(chosen) => {
              const others = otherKeys(chosen, since);
              const undo = { keyId: key.keyId, keyName: key.name, since, others };
              store.start("unsuspend", chosen.flatMap(rowsOf), undo);
            }}
            onAlso={(other, offered) => {
              const { rows, undo } = undoAlso(other, offered, { pageKeyId: key.keyId, since });
              store.start("unsuspend", rows, undo);
            }}
          />
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

/** The results of an undo, and what other keys did to the accounts that stay suspended. */
function Results(props: {
  me: Me;
  store: RunStore;
  run: MemberRun;
  undo: Undo;
  isAllowed: boolean;
}): ReactNode {
  const { store, run, undo } = props;
  const pageKeyId = pageOf(undo);
  const others = run.status === "done" && props.isAllowed ? remaining(run) : [];
  const start = (other: OtherKey) => {
    const also = undoAlso(other, others, { pageKeyId, since: undo.since });
    store.dismiss();
    store.start("unsuspend", also.rows, also.undo);
  };
  return (
    <SpaceBetween size="l">
      {undo.keyId !== pageKeyId && (
        <Header variant="h2">
          Undo also for <Outside>{undo.keyName}</Outside>
        </Header>
      )}
      <ManyResult me={props.me} store={store} run={run} />
      <UndoAlso
        others={others}
        since={undo.since}
        replacesResults={!run.downloaded}
        isBusy={false}
        onStart={start}
      />
    </SpaceBetween>
  );
}

/** The time since which a person probably wants to undo. */
function usualSince(key: ApiKeyDetails): string {
  const now = new Date();
  const { suspensionLimitReachedAt: reachedAt } = key;
  if (reachedAt && isLimitReached(key, now)) return startOfHour(new Date(reachedAt)).toISOString();
  return new Date(now.getTime() - DAY).toISOString();
}

/** Warns that the key could suspend the same accounts again. */
function StillWorks({ apiKey: key }: { apiKey: ApiKeyDetails }): ReactNode {
  const navigate = useNavigate();
  const now = new Date();
  if (keyState(key, now) !== "active" || isHeld(key, now)) return null;
  return (
    <Alert
      type="warning"
      header="This key still works"
      action={
        <Button onClick={() => void navigate(`/dashboard/api-keys/${key.keyId}`)}>Open the API key</Button>
      }
    >
      It can suspend the same accounts again. If it was stolen or is broken, hold or revoke it first.
    </Alert>
  );
}
