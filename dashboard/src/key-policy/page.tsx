import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import type { KeyPolicyState } from "../api/client";
import { useScopeTitle, useViewer } from "../api/use-api";
import { EnterpriseOnly } from "../common/enterprise-only";
import { Outside, Sentence } from "../common/outside";
import { plural } from "../common/plural";
import { ProblemAlert } from "../common/problem-alert";
import { Time } from "../common/time";
import { Waiting } from "../common/waiting";
import { useTitle } from "../shell/title";
import { BreakingKeys } from "./breaking-keys";
import { PolicyForm } from "./form";
import { policySentences } from "./sentences";
import { usePolicy } from "./use-policy";

/** `/dashboard/key-policy`: what the company demands of its keys. */
export default function KeyPolicyPage(): ReactNode {
  useTitle("Key policy");
  const viewer = useViewer();
  const { state, problem, loading, refresh } = usePolicy();
  /** Each edition of the form, and each policy, begins with the current policy or with what was entered before. */
  const [edition, setEdition] = useState(0);
  if (viewer.kind !== "administrator") return null;
  const { company, scopes } = viewer.me;
  const isEnterprise = company.plan === "enterprise";
  if (!state && !problem) return <Waiting>Loading the key policy</Waiting>;
  const renew = () => setEdition((edition) => edition + 1);
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="What your company demands of its API keys. Keys that break the policy are held after the days of grace, not revoked."
        actions={<Button iconName="refresh" ariaLabel="Refresh" loading={loading} onClick={refresh} />}
      >
        Key policy
      </Header>
      {!isEnterprise && (
        <EnterpriseOnly company={company.name} title="API Keys" heading={false}>
          <Outside>{company.name}</Outside> is not on the Enterprise plan. You can't change the key policy
          until the company is on this plan again.
        </EnterpriseOnly>
      )}
      {problem && (
        <ProblemAlert
          title={state ? "This page may be out of date" : "The key policy can't be shown"}
          problem={problem}
          onRetry={refresh}
        />
      )}
      {state && (
        <SpaceBetween size="l">
          {isEnterprise ? (
            <PolicyForm
              key={`${edition} ${JSON.stringify(state.policy)}`}
              state={state}
              scopes={scopes}
              onSaved={renew}
              onReset={renew}
            />
          ) : (
            <Demands state={state} />
          )}
          <Breaking state={state} />
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

/** The policy, for a company that can't change it. */
function Demands({ state }: { state: KeyPolicyState }): ReactNode {
  const title = useScopeTitle();
  return (
    <Container header={<Header variant="h2">What keys must comply with</Header>}>
      <ul className="keys">
        {policySentences(state.policy, title).map((words, i) => (
          <li key={i}>
            <Sentence>{words}</Sentence>
          </li>
        ))}
      </ul>
    </Container>
  );
}

/** The keys that break the saved policy, and who saved it. */
function Breaking({ state: { breaking, changedAt, changedBy } }: { state: KeyPolicyState }): ReactNode {
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${breaking.length})`}
          description={
            changedAt &&
            (changedBy ? (
              <>
                The policy was last changed <Time value={changedAt} /> by <Outside>{changedBy.email}</Outside>
                .
              </>
            ) : (
              <>
                Your company has had this policy from the beginning: <Time value={changedAt} />.
              </>
            ))
          }
        >
          Keys that break the saved policy
        </Header>
      }
    >
      {breaking.length === 0 ? (
        <Box color="text-body-secondary">Every active key complies.</Box>
      ) : (
        <SpaceBetween size="s">
          <div>
            {plural(breaking.length, "key")} must be corrected or replaced. Open the key to see what to do.
          </div>
          <BreakingKeys keys={breaking} isLinked />
        </SpaceBetween>
      )}
    </Container>
  );
}
