import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import type { Problem } from "../api/problem";
import { otherComplaints } from "./field";
import { Outside } from "./outside";

/** What went wrong and what to do. */
export function ProblemAlert(props: {
  problem: Problem;
  title?: string;
  /** Fields that show their errors themselves. */
  marked?: readonly string[];
  onRetry?: () => void;
  onDismiss?: () => void;
}): ReactNode {
  const { problem, onRetry, onDismiss } = props;
  const complaints = otherComplaints(problem, props.marked ?? []);
  return (
    <div role="alert">
      <Alert
        type="error"
        header={props.title ?? "Something went wrong"}
        dismissible={Boolean(onDismiss)}
        dismissAriaLabel="Dismiss"
        onDismiss={onDismiss}
        action={onRetry && <Button onClick={onRetry}>Try again</Button>}
      >
        <Outside>{problem.message}</Outside>
        {complaints.length > 0 && (
          <ul className="names">
            {complaints.map(([field, text]) => (
              <li key={field}>
                <code>{field}</code>: <Outside>{text}</Outside>
              </li>
            ))}
          </ul>
        )}
        {problem.requestId && (
          <Box variant="small" display="block">
            Request ID: {problem.requestId}
          </Box>
        )}
      </Alert>
    </div>
  );
}
