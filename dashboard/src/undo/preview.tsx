import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { type ReactNode, useState } from "react";
import type { ApiKey, KeySuspension } from "../api/client";
import { plural } from "../common/plural";
import { ProblemAlert } from "../common/problem-alert";
import { ReturnFocus } from "../common/return-focus";
import { readable } from "../common/time";
import type { OtherKey } from "../members/run-store";
import { ConfirmUndo } from "./confirm-undo";
import { DeletedAccounts } from "./deleted-accounts";
import { otherKeys } from "./other-keys";
import { SuspensionTable } from "./suspension-table";
import { isUndoable } from "./suspensions";
import { UndoAlso } from "./undo-also";
import { useSuspensions } from "./use-suspensions";

/** What a key suspended since a time, and what an undo would do. Nothing changes before the administrator confirms. */
export function Preview(props: {
  apiKey: ApiKey;
  since: string;
  /** Whether the company may undo. */
  isAllowed: boolean;
  /** Whether other members are being changed. */
  isBusy: boolean;
  onStart: (chosen: readonly KeySuspension[]) => void;
  /** Starts the undo for another key, of those on offer. */
  onAlso: (other: OtherKey, offered: readonly OtherKey[]) => void;
}): ReactNode {
  const { apiKey, since, isAllowed, isBusy } = props;
  const { suspensions, found, problem, loading, refresh } = useSuspensions(apiKey.keyId, since);
  /** The accounts that are not chosen. At first, everything is chosen that can be undone. */
  const [omitted, setOmitted] = useState<ReadonlySet<string>>(new Set());
  const [isAsking, setAsking] = useState(false);
  if (!suspensions) {
    return problem ? (
      <ProblemAlert
        title="What the key suspended can't be shown"
        problem={problem}
        onRetry={loading ? undefined : refresh}
      />
    ) : (
      <div role="status">
        <Spinner /> Reading what the key suspended… {plural(found, "account")} found
      </div>
    );
  }
  const { suspended, deleted, isComplete } = suspensions;
  const undoable = suspended.filter(isUndoable);
  const chosen = undoable.filter(({ accountId }) => !omitted.has(accountId));
  // What this key did to these is already taken back, so other suspensions keep them suspended.
  const others = isAllowed
    ? otherKeys(
        suspended.filter(({ state, undo }) => state === "suspended" && undo === "nothing"),
        since,
      )
    : [];
  const choose = (items: readonly KeySuspension[]) => {
    const ids = new Set(items.map(({ accountId }) => accountId));
    setOmitted(new Set(undoable.map(({ accountId }) => accountId).filter((id) => !ids.has(id))));
  };
  return (
    <SpaceBetween size="l">
      {problem && <ProblemAlert title="This list may be out of date" problem={problem} onRetry={refresh} />}
      {!isComplete && (
        <Alert type="warning" header="The list is not complete">
          It has only the accounts that the key suspended last. For the others, use the API with an earlier
          end of the range (until).
        </Alert>
      )}
      {suspended.length + deleted.length === 0 ? (
        <Box textAlign="center" padding={{ vertical: "l" }}>
          <Box variant="h2">Nothing to undo</Box>
          The key has suspended no accounts since {readable(since)}. Choose an earlier time to look further
          back.
        </Box>
      ) : (
        <SuspensionTable
          suspensions={suspended}
          chosen={chosen}
          undoable={undoable}
          isLoading={loading}
          onChoose={choose}
          onRefresh={refresh}
          onUndo={isAllowed ? () => setAsking(true) : undefined}
          isBusy={isBusy}
        />
      )}
      <UndoAlso
        others={others}
        since={since}
        replacesResults={false}
        isBusy={isBusy}
        onStart={(other) => props.onAlso(other, others)}
      />
      {deleted.length > 0 && <DeletedAccounts deleted={deleted} />}
      {isAsking && (
        <>
          <ReturnFocus />
          <ConfirmUndo
            chosen={chosen}
            since={since}
            onClose={() => setAsking(false)}
            onStart={() => {
              setAsking(false);
              props.onStart(chosen);
            }}
          />
        </>
      )}
    </SpaceBetween>
  );
}
