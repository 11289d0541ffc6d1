import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import type { Networks } from "./containment-draft";

/** Whether a list of networks refuses anything. */
export function NetworkMode({ networks }: { networks: Networks | undefined }): ReactNode {
  if (!networks) return <StatusIndicator type="info">Works from any network</StatusIndicator>;
  return networks.mode === "enforce" ? (
    <StatusIndicator type="success">Enforced: other networks are refused</StatusIndicator>
  ) : (
    <StatusIndicator type="info">Only reported: nothing is refused</StatusIndicator>
  );
}

/** The ranges of a list. */
export function RangeList({ ranges }: { ranges: readonly string[] }): ReactNode {
  return (
    <ul className="ranges" aria-label="Networks on the list">
      {ranges.map((range) => (
        <li key={range}>
          <code className="address">{range}</code>
        </li>
      ))}
    </ul>
  );
}
