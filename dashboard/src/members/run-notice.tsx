import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect } from "react";
import { useLocation, useNavigate } from "react-router";
import { undoPlace } from "../undo/place";
import { summaryOf } from "./outcome";
import { counts } from "./run";
import { type MemberRun, pageOf } from "./run-store";
import { useRefreshMembers } from "./use-members";
import { useRun } from "./use-run";

/** The place that shows a run. */
function placeOf({ undo }: MemberRun): string {
  return undo ? undoPlace(pageOf(undo)) : "/dashboard/members/many";
}

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
  if (!run) return null;
  const place = placeOf(run);
  if (pathname === place) return null;
  const counted = counts(run.rows);
  const done = run.rows.length - counted.open;
  const changing = run.change === "suspend" ? "Suspending members" : "Unsuspending members";
  const what = run.undo ? "Undoing what a key suspended" : changing;
  return (
    <div className="run-notice">
      <Alert
        type={status === "running" || (status === "done" && counted.refused === 0) ? "info" : "warning"}
        header={`${what}: ${done} of ${run.rows.length} done`}
        action={
          <SpaceBetween size="xs" direction="horizontal">
            <Button onClick={() => void navigate(place)}>Show</Button>
            {status === "done" && <Button onClick={() => store.dismiss()}>Dismiss</Button>}
          </SpaceBetween>
        }
      >
        {TEXTS[run.status]} {summaryOf(run)}.
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
