import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { Account, Me } from "../api/client";
import { Outside } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { AdministratorsKeys } from "./administrators-keys";
import { RunProgress } from "./run-progress";
import { reopened } from "./run";
import { useRun } from "./use-run";
import type { Change } from "./use-members";

/** Asks, and then suspends or unsuspends the chosen accounts. */
export function ChangeDialog(props: {
  me: Me;
  change: Change;
  accounts: readonly Account[];
  onClose: (changed: boolean) => void;
}): ReactNode {
  const { me, change, accounts } = props;
  const run = useRun();
  const { state } = run;
  const suspend = change === "suspend";
  const administrators = accounts.filter(({ role }) => suspend && role === "company_admin");
  const oneself = suspend && accounts.some(({ accountId }) => accountId === me.account.accountId);
  const count = accounts.length === 1 ? "1 member" : `${accounts.length} members`;
  const busy = state?.status === "running";
  const refused = state?.rows.some((row) => row.state.kind === "refused");
  const start = () =>
    void run.start(change, state ? reopened(state.rows) : accounts.map(({ email }) => email));
  return (
    <Modal
      visible
      size="medium"
      header={`${suspend ? "Suspend" : "Unsuspend"} ${count}`}
      onDismiss={() => !busy && props.onClose(Boolean(state))}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" disabled={busy} onClick={() => props.onClose(Boolean(state))}>
              {state ? "Close" : "Cancel"}
            </Button>
            {(!state || busy || refused || state.status === "paused") && (
              <Button variant="primary" loading={busy} loadingText="Working" onClick={start}>
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
              {accounts.map(({ accountId, email, name }) => (
                <li key={accountId}>
                  <Outside>{name}</Outside>, <Outside>{email}</Outside>
                </li>
              ))}
            </ul>
            {oneself && (
              <Alert type="warning" header="This includes you">
                You would be signed out at once, and only another Company Administrator can bring you back.
              </Alert>
            )}
          </>
        )}
        {state && <RunProgress state={state} />}
        {state?.status === "paused" && state.problem && (
          <ProblemAlert title="Not everything is done" problem={state.problem} />
        )}
        {!busy && (
          <AdministratorsKeys me={me} administrators={administrators} revocable={state !== undefined} />
        )}
      </SpaceBetween>
    </Modal>
  );
}
