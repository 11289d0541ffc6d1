import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { type ReactNode, useState } from "react";
import type { Account, ApiKey, Me } from "../api/client";
import { asProblem } from "../api/problem";
import { RevokeDialog } from "../api-keys/revoke-dialog";
import { useActiveKeys } from "../api-keys/use-active-keys";
import { isolated, Outside } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { ReturnFocus } from "../common/return-focus";
import { useRefreshMembers } from "./use-members";

/** The active keys of administrators who are suspended or will be. These keys keep working unless they are revoked. */
export function AdministratorsKeys(props: {
  me: Me;
  administrators: readonly Pick<Account, "accountId">[];
  /** Whether to offer to revoke the keys. */
  revocable: boolean;
}): ReactNode {
  const { me, administrators, revocable } = props;
  const refresh = useRefreshMembers();
  const [revoking, setRevoking] = useState<ApiKey>();
  const ids = new Set(administrators.map(({ accountId }) => accountId));
  const keys = useActiveKeys({ isEnabled: ids.size > 0 });
  if (ids.size === 0) return null;
  if (keys.error) {
    return (
      <ProblemAlert
        title="The administrators' API keys can't be listed"
        problem={asProblem(keys.error)}
        onRetry={() => void keys.refetch()}
      />
    );
  }
  if (!keys.data) {
    return (
      <div role="status">
        <Spinner /> Looking for API keys of these administrators…
      </div>
    );
  }
  const theirs = keys.data.filter((key) => ids.has(key.createdBy.accountId));
  if (theirs.length === 0) return revocable ? null : <div>They have no active API keys.</div>;
  return (
    <>
      <Alert type="warning" header="API keys keep working when their creator is suspended">
        <SpaceBetween size="xs">
          <div>
            {revocable
              ? "Revoke the keys that should stop working. Other Company Administrators can see and revoke them at any time."
              : "Afterwards you can revoke these:"}
          </div>
          <ul className="keys">
            {theirs.map((key) => (
              <li key={key.keyId}>
                <Outside>{key.name}</Outside> (<code className="mask">{key.mask}</code>),{" "}
                <Outside>{key.createdBy.email}</Outside>{" "}
                {revocable && (
                  <Button
                    variant="inline-link"
                    ariaLabel={`Revoke API Key ${isolated(key.name)}, ${key.mask}`}
                    onClick={() => setRevoking(key)}
                  >
                    Revoke API Key
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </SpaceBetween>
      </Alert>
      {revoking && <ReturnFocus />}
      {revoking && (
        <RevokeDialog
          apiKey={revoking}
          scopes={me.scopes}
          onClose={() => setRevoking(undefined)}
          onRevoked={() => {
            setRevoking(undefined);
            refresh();
          }}
        />
      )}
    </>
  );
}
