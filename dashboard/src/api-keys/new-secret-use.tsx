import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { asProblem } from "../api/problem";
import { ActivityLink } from "../common/activity-link";
import { isolated, Outside } from "../common/outside";
import { Time } from "../common/time";
import { secretUse } from "./rotation";
import { useActiveKeys } from "./use-active-keys";

/** Milliseconds between two questions about the first use. The page asks only while it is visible. */
const REPEAT = 10_000;

/** Says whether a new secret is in use, as soon as it may be. */
export function NewSecretUse(props: {
  keyId: string;
  name: string;
  mask: string;
  /** Whether somebody can use the secret already. */
  isWatched: boolean;
}): ReactNode {
  const { keyId, name, mask } = props;
  const stateIn = (keys: readonly ApiKey[]) => secretUse(keys, { keyId, mask }, new Date());
  const keys = useActiveKeys({
    isEnabled: props.isWatched,
    repeat: (keys) => (keys && stateIn(keys).kind !== "unused" ? false : REPEAT),
  });
  // The list may have read the keys before, for itself.
  const use = props.isWatched && keys.data ? stateIn(keys.data) : undefined;
  return (
    <div role="status" className="secret-use">
      {props.isWatched && !use && !keys.error && (
        <StatusIndicator type="loading">Looking whether the new secret is in use</StatusIndicator>
      )}
      {keys.error && use?.kind !== "used" && (
        <StatusIndicator type="warning">
          This page can't see whether the new secret is in use:{" "}
          <Outside>{asProblem(keys.error).message}</Outside>
        </StatusIndicator>
      )}
      {!keys.error && use?.kind === "unused" && (
        <StatusIndicator type="pending">
          Nobody has used the new secret yet. This page looks every 10 seconds.
        </StatusIndicator>
      )}
      {use?.kind === "used" && (
        <>
          <StatusIndicator type="success">
            The new secret is in use. The old one{" "}
            {use.oldUntil ? (
              <>
                works until <Time value={use.oldUntil} />.
              </>
            ) : (
              "has ended."
            )}
          </StatusIndicator>
          <div>
            When it was used for the first time:{" "}
            <ActivityLink involving={keyId} label={`Activity of ${isolated(name)}, ${mask}`} />
          </div>
        </>
      )}
      {use?.kind === "ended" && (
        <StatusIndicator type="warning">
          The new secret has ended, because somebody replaced it or canceled the rotation. Don't put it in
          place.
        </StatusIndicator>
      )}
      {use?.kind === "inactive" && (
        <StatusIndicator type="warning">
          The API key is no longer active. Don't put the new secret in place.
        </StatusIndicator>
      )}
    </div>
  );
}
