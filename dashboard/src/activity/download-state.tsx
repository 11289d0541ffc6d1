import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";
import { plural } from "../common/plural";
import { ProblemAlert } from "../common/problem-alert";
import { Time } from "../common/time";
import type { Download } from "./use-download";

/** The progress of a download, and what its file omits. */
export function DownloadProgress({ download }: { download: Download }): ReactNode {
  const { state, cancel } = download;
  switch (state?.kind) {
    case "reading":
      return (
        <Alert type="info" action={<Button onClick={cancel}>Cancel download</Button>}>
          <span role="status">
            <Spinner /> Reading all matching events: {plural(state.count, "event")} so far.
          </span>
        </Alert>
      );
    case "incomplete":
      return (
        <div role="status">
          <Alert
            type="warning"
            header="The file is incomplete"
            dismissible
            dismissAriaLabel="Dismiss"
            onDismiss={cancel}
          >
            It contains the newest {plural(state.count, "event")}. It omits all matching events before{" "}
            <Time value={state.oldest} />. To get them, download again with an earlier last day.
          </Alert>
        </div>
      );
    case "failed":
      return <ProblemAlert title="The download failed" problem={state.problem} onDismiss={cancel} />;
    default:
      return null;
  }
}
