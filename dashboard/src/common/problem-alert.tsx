import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import type { Problem } from "../api/problem";
import { Outside } from "./outside";

/** What went wrong and what to do. */
export function ProblemAlert(props: { problem: Problem; title?: string; onRetry?: () => void }): ReactNode {
  const { problem, onRetry } = props;
  return (
    <div role="alert">
      <Alert
        type="error"
        header={props.title ?? "That did not work"}
        action={onRetry && <Button onClick={onRetry}>Try again</Button>}
      >
        <Outside>{problem.message}</Outside>
        {problem.requestId && (
          <Box variant="small" display="block">
            Request ID: {problem.requestId}
          </Box>
        )}
      </Alert>
    </div>
  );
}
