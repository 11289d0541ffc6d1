import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ReactNode, useState } from "react";
import type { NetworksTrial, SeenNetworks } from "../api/client";
import { dayInWords } from "../common/day";

/** The number of networks that are shown at first. */
const SHOWN = 10;

type Outcome = NetworksTrial["networks"][number]["outcome"];

/** A network from which a key was used, and what a list would do with its requests. */
export type SeenRow = SeenNetworks["networks"][number] & { outcome?: Outcome | undefined };

/** The networks from which a key was used, most requests first. */
export function SeenTable(props: {
  /** The name of the table, for screen readers. */
  label: string;
  rows: readonly SeenRow[];
  /** Adds a network to the list. Undefined if that can't be done. */
  onAdd: ((network: string) => void) | undefined;
}): ReactNode {
  const { label, rows, onAdd } = props;
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? rows : rows.slice(0, SHOWN);
  const hasOutcomes = rows.some(({ outcome }) => outcome);
  return (
    <>
      {/* It can be scrolled sideways with the keyboard. */}
      <div className="plain-table" role="region" aria-label={label} tabIndex={0}>
        <table>
          <caption>{label}</caption>
          <thead>
            <tr>
              <th scope="col">Network</th>
              <th scope="col">Requests</th>
              <th scope="col">Last day</th>
              {hasOutcomes && <th scope="col">On the list</th>}
              {onAdd && <th scope="col">Actions</th>}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ network, requests, lastSeenOn, outcome }) => (
              <tr key={network}>
                <th scope="row">
                  <code className="address">{network}</code>
                </th>
                <td>{requests.toLocaleString()}</td>
                <td>{dayInWords(lastSeenOn, navigator.language)}</td>
                {hasOutcomes && (
                  <td>
                    <Outcome outcome={outcome} />
                  </td>
                )}
                {onAdd && (
                  <td>
                    {outcome !== "admitted" && (
                      <Button
                        variant="inline-link"
                        ariaLabel={`Add to the list: ${network}`}
                        onClick={() => onAdd(network)}
                      >
                        Add to the list
                      </Button>
                    )}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < rows.length && (
        <Button variant="inline-link" onClick={() => setWhole(true)}>
          Show all {rows.length} networks
        </Button>
      )}
    </>
  );
}

function Outcome({ outcome }: { outcome: Outcome | undefined }): ReactNode {
  switch (outcome) {
    case "admitted":
      return <StatusIndicator type="success">Yes</StatusIndicator>;
    case "refused":
      return <StatusIndicator type="error">No</StatusIndicator>;
    case "undecided":
      return <StatusIndicator type="warning">Partly</StatusIndicator>;
    case undefined:
      return "–";
  }
}
