import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import type { Account, Me } from "../api/client";
import { Outside } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { useHold } from "../session/use-session";
import { AdministratorsKeys } from "./administrators-keys";
import { OneselfWarning } from "./plan-view";
import { RunProgress } from "./run-progress";
import { type Row, includes, openRows, reopened } from "./run";
import { useRun } from "./use-run";
import type { Change } from "./use-members";

/** Suspends or unsuspends the chosen accounts, after asking. */
export function ChangeDialog(props: {
  me: Me;
  change: Change;
  accounts: readonly Account[];
  onClose: (changed: boolean) => void;
}): ReactNode {
  const { me, change, accounts } = props;
  const [store, run] = useRun();
  const [started, setStarted] = useState<string>();
  const state = run && run.id === started ? run : undefined;
  // Only one run is possible at a time, and the results of an earlier run are kept until somebody dismisses them.
  const earlier = run && !state;
  const suspend = change === "suspend";
  const administrators = accounts.filter(({ role }) => suspend && role === "company_admin");
  const oneself = suspend && accounts.some(({ accountId }) => accountId === me.account.accountId);
  const count = accounts.length === 1 ? "1 member" : `${accounts.length} members`;
  const busy = state?.status === "running";
  const refused = state?.rows.some((row) => row.state.kind === "refused");
  const suspendedOneself = oneself && includes(state?.rows ?? [], me.account.accountId);
  useHold(suspendedOneself);
  const start = () => {
    if (state) store.resume(reopened(state.rows));
    else setStarted(store.start(change, rowsOf(accounts, suspend ? me.account.accountId : undefined)));
  };
  const close = () => {
    // Results with failures stay until somebody dismisses them.
    if (state?.status === "done" && !refused) store.dismiss();
    props.onClose(Boolean(state));
  };
  return (
    <Modal
      visible
      size="medium"
      header={`${suspend ? "Suspend" : "Unsuspend"} ${count}`}
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              {state ? "Close" : "Cancel"}
            </Button>
            {(!state || busy || refused || state.status !== "done") && (
              <Button
                variant="primary"
                loading={busy}
                loadingText="Working"
                disabled={earlier}
                onClick={start}
              >
                {state ? "Try again" : suspend ? "Suspend" : "Unsuspend"}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {!state && (
          <>
            <div>
              {suspend
                ? "They can no longer sign in, and their sessions end at once. Nothing is deleted. Unsuspending them restores their access."
                : "They can sign in again."}
            </div>
            <ul className="names">
              {accounts.map(({ accountId, email, name, role }) => (
                <li key={accountId}>
                  <Outside>{name}</Outside>, <Outside>{email}</Outside>
                  {role === "company_admin" && ", Company Administrator"}
                </li>
              ))}
            </ul>
            {oneself && <OneselfWarning />}
            {earlier && (
              <Alert
                type="info"
                header={
                  run.status === "running"
                    ? "Other members are being changed"
                    : "You have not dismissed the results of an earlier change"
                }
                action={
                  run.status === "done" && (
                    <Button onClick={() => store.dismiss()}>Dismiss the results</Button>
                  )
                }
              >
                {run.status === "running"
                  ? "Wait until this is done."
                  : "To see the results first, close this dialog."}
              </Alert>
            )}
          </>
        )}
        {state && <RunProgress state={state} />}
        {state?.status === "paused" && state.problem && (
          <ProblemAlert title="The change is not complete" problem={state.problem} />
        )}
        {!busy && !suspendedOneself && (
          <AdministratorsKeys me={me} administrators={administrators} revocable={state !== undefined} />
        )}
      </SpaceBetween>
    </Modal>
  );
}

/** The rows of a run over these accounts. The person's own account is the last. */
function rowsOf(accounts: readonly Account[], self: string | undefined): Row[] {
  const others = accounts.filter(({ accountId }) => accountId !== self);
  const own = accounts.filter(({ accountId }) => accountId === self);
  return [
    ...openRows(others.map(({ email }) => email)),
    ...openRows(own.map(({ email }) => email)).map((row) => ({ ...row, last: true as const })),
  ];
}
