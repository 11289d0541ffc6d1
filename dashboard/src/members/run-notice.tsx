import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect } from "react";
import { useLocation, useNavigate } from "react-router";
import { counts } from "./run";
import { useRefreshMembers } from "./use-members";
import { useRun } from "./use-run";

/** The place that shows a run. */
export const RUN_PLACE = "/dashboard/members/many";

/** On the other places: how a run stands, and the way to its results. */
export function RunNotice(): ReactNode {
  const [store, run] = useRun();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const refresh = useRefreshMembers();
  const status = run?.status;
  useEffect(() => {
    if (status && status !== "running") refresh();
  }, [status, refresh]);
  if (!run || pathname === RUN_PLACE) return null;
  const counted = counts(run.rows);
  const done = run.rows.length - counted.open;
  const what = run.change === "suspend" ? "Suspending members" : "Unsuspending members";
  return (
    <div className="run-notice">
      <Alert
        type={status === "running" || (status === "done" && counted.refused === 0) ? "info" : "warning"}
        header={`${what}: ${done} of ${run.rows.length} done`}
        action={
          <SpaceBetween size="xs" direction="horizontal">
            <Button onClick={() => void navigate(RUN_PLACE)}>Show</Button>
            {status === "done" && <Button onClick={() => store.dismiss()}>Dismiss</Button>}
          </SpaceBetween>
        }
      >
        {TEXTS[run.status]} {counted.changed} changed, {counted.unchanged} unchanged, {counted.refused}{" "}
        refused.
      </Alert>
    </div>
  );
}

const TEXTS = {
  running: "This goes on while you are elsewhere in the Company Dashboard.",
  paused: "Paused: it can be continued.",
  stopped: "Stopped: it can be continued.",
  interrupted: "Interrupted: it can be continued.",
  done: "Finished.",
};
