import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect, useRef } from "react";
import type { Account, Me } from "../api/client";
import { download } from "../common/download";
import { Outside } from "../common/outside";
import { plural } from "../common/plural";
import { AdministratorsKeys } from "./administrators-keys";
import { failuresAsCsv } from "./failures";
import { type Row, type RunState, counts, reopened } from "./run";
import { RunProgress } from "./run-progress";
import type { Change } from "./use-members";
import type { Run } from "./use-run";

/** A run over a list, under way or at its end. */
export function ManyResult(props: { me: Me; change: Change; run: Run & { state: RunState } }): ReactNode {
  const { me, change, run } = props;
  const { rows, status, problem } = run.state;
  const counted = counts(rows);
  const done = rows.length - counted.open;
  const resume = (rows: readonly Row[]) => void run.start(change, rows);
  const failed = counted.refused + counted.open;
  // The form that had the focus is gone; whoever reads goes on here, from the top.
  const beginning = useRef<HTMLDivElement>(null);
  useEffect(() => {
    beginning.current?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }, []);
  return (
    <Container>
      <div ref={beginning} tabIndex={-1} className="beginning" />
      <SpaceBetween size="l">
        {status === "paused" && problem && (
          <div role="alert">
            <Alert
              type="warning"
              header={`Paused: ${done} of ${rows.length} done`}
              action={<Button onClick={() => resume(rows)}>Continue</Button>}
            >
              <Outside>{problem.message}</Outside> Nothing is lost: continuing sends the unconfirmed accounts
              again, and changes nobody twice.
            </Alert>
          </div>
        )}
        {status === "stopped" && (
          <Alert type="info" header="Stopped" action={<Button onClick={() => resume(rows)}>Continue</Button>}>
            {plural(counted.open, "account was", "accounts were")} not touched.
          </Alert>
        )}
        {status === "done" && (
          <div role="status">
            <Alert type={failed > 0 ? "warning" : "success"} header="Done">
              {counted.changed} changed, {counted.unchanged} unchanged, {counted.refused} refused.
            </Alert>
          </div>
        )}
        <RunProgress state={run.state} />
        <SpaceBetween size="xs" direction="horizontal">
          {status === "running" && <Button onClick={run.stop}>Stop</Button>}
          {status !== "running" && counted.refused > 0 && (
            <Button onClick={() => resume(reopened(rows))}>Retry those that failed</Button>
          )}
          {status !== "running" && failed > 0 && (
            <Button
              iconName="download"
              onClick={() => download("members-not-changed.csv", "text/csv", failuresAsCsv(rows))}
            >
              Download those that failed
            </Button>
          )}
          {status !== "running" && <Button onClick={run.reset}>Another list</Button>}
        </SpaceBetween>
        {status !== "running" && change === "suspend" && (
          <AdministratorsKeys me={me} administrators={administrators(rows)} revocable />
        )}
      </SpaceBetween>
    </Container>
  );
}

/** Company Administrators among those who are suspended now. */
function administrators(rows: readonly Row[]): Account[] {
  return rows.flatMap(({ state }) =>
    (state.kind === "changed" || state.kind === "unchanged") && state.account.role === "company_admin"
      ? [state.account]
      : [],
  );
}
