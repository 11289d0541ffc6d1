import Box from "@cloudscape-design/components/box";
import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";

/** The whole page waits for something. */
export function Waiting({ children }: { children: string }): ReactNode {
  return (
    <div className="centred">
      <Box textAlign="center" color="text-body-secondary">
        <Spinner size="large" />
        <div role="status">{children}…</div>
      </Box>
    </div>
  );
}
