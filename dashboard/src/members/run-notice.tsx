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

/** Shows, in the other places, the progress of a run and the way to its results. */
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
  running: "This continues while you use other parts of the Company Dashboard.",
  paused: "Paused. You can continue it.",
  stopped: "Stopped. You can continue it.",
  interrupted: "Interrupted. You can continue it.",
  done: "Finished.",
};
