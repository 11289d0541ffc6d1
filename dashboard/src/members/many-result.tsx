import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect, useRef } from "react";
import type { Me } from "../api/client";
import { download } from "../common/download";
import { useLoss } from "../common/leaving";
import type { Loss } from "../common/losses";
import { Outside } from "../common/outside";
import { useHold } from "../session/use-session";
import { plural } from "../common/plural";
import { AdministratorsKeys } from "./administrators-keys";
import { failuresAsCsv, resultsAsCsv } from "./failures";
import { summaryOf } from "./outcome";
import { administrators, counts, includes, reopened } from "./run";
import { RunProgress } from "./run-progress";
import type { MemberRun, RunStore } from "./run-store";

/** A person who suspended themselves sees the results until they leave this page. */
const LAST_LOOK: Loss = {
  title: "Your account is suspended",
  text: "After you leave, you are signed out and can't see the results again. Download them first.",
  leave: "Leave",
  lostBy: "navigating",
};

const FILES = { failures: "members-not-changed.csv", results: "members-results.csv" };
const UNDO_FILES = { failures: "undo-failed.csv", results: "undo-results.csv" };

/** A run over many accounts, in progress or ended. */
export function ManyResult(props: { me: Me; store: RunStore; run: MemberRun }): ReactNode {
  const { me, store, run } = props;
  const { rows, status, problem, change, undo, downloaded } = run;
  const counted = counts(rows);
  const files = undo ? UNDO_FILES : FILES;
  const done = rows.length - counted.open;
  const failed = counted.refused + counted.open;
  const oneself = change === "suspend" && includes(rows, me.account.accountId);
  useHold(oneself);
  useLoss(oneself && !downloaded ? LAST_LOOK : undefined);
  // The form that had the focus is gone. A screen reader continues here, from the top.
  const beginning = useRef<HTMLDivElement>(null);
  useEffect(() => {
    beginning.current?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }, []);
  const save = (name: string, csv: string) => download(name, "text/csv", csv);
  return (
    <Container>
      <div ref={beginning} tabIndex={-1} className="beginning" />
      <SpaceBetween size="l">
        {status === "paused" && problem && (
          <div role="alert">
            <Alert
              type="warning"
              header={`Paused: ${done} of ${rows.length} done`}
              action={<Button onClick={() => store.resume()}>Continue</Button>}
            >
              <Outside>{problem.message}</Outside> Nothing is lost. If you continue, the unconfirmed accounts
              are sent again, and no member is changed twice.
            </Alert>
          </div>
        )}
        {status === "interrupted" && (
          <Alert
            type="warning"
            header={`Interrupted: ${done} of ${rows.length} done`}
            action={<Button onClick={() => store.resume()}>Continue</Button>}
          >
            You left or reloaded the page while members were being changed. If you continue, the unconfirmed
            accounts are sent again, and no member is changed twice.
          </Alert>
        )}
        {status === "stopped" && (
          <Alert
            type="info"
            header="Stopped"
            action={<Button onClick={() => store.resume()}>Continue</Button>}
          >
            {plural(counted.open, "account is", "accounts are")} not done yet.
          </Alert>
        )}
        {status === "done" && (
          <div role="status">
            <Alert type={failed > 0 ? "warning" : "success"} header="Done">
              {summaryOf(run)}.
            </Alert>
          </div>
        )}
        {oneself && (
          <Alert type="warning" header="Your account is suspended">
            You are signed out when you leave this page. Download the results if you need them.
          </Alert>
        )}
        <RunProgress state={run} />
        <SpaceBetween size="xs" direction="horizontal">
          {status === "running" && <Button onClick={() => store.stop()}>Stop</Button>}
          {status !== "running" && counted.refused > 0 && (
            <Button onClick={() => store.resume(reopened(rows))}>Retry failed accounts</Button>
          )}
          {status !== "running" && failed > 0 && (
            <Button iconName="download" onClick={() => save(files.failures, failuresAsCsv(run))}>
              Download failed accounts
            </Button>
          )}
          {status !== "running" && (
            <Button
              iconName="download"
              onClick={() => {
                save(files.results, resultsAsCsv(run));
                store.downloaded();
              }}
            >
              Download all results
            </Button>
          )}
          {status !== "running" && <Button onClick={() => store.dismiss()}>Dismiss results</Button>}
        </SpaceBetween>
        {status !== "running" && change === "suspend" && !oneself && (
          <AdministratorsKeys me={me} administrators={administrators(rows)} revocable />
        )}
      </SpaceBetween>
    </Container>
  );
}
