import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useRef } from "react";
import type { NetworksTrial } from "../api/client";
import { Sentence } from "../common/outside";
import { hasRoom, type NetworksDraft } from "./containment-draft";
import { RangeList } from "./network-list";
import { DirectoryWarning } from "./networks-field";
import { readRanges } from "./ranges";
import { SeenTable } from "./seen-table";
import { trialSentences } from "./trial";

/** Shows what a list would have refused, before it is saved. */
export function NetworksReview(props: {
  draft: NetworksDraft;
  trial: NetworksTrial;
  scopes: readonly string[];
  isBusy: boolean;
  onAdd: (network: string) => void;
}): ReactNode {
  const { draft, trial } = props;
  const beginning = useRef<HTMLDivElement>(null);
  const add = (network: string) => {
    if (props.isBusy) return;
    // The button goes when the network is on the list.
    beginning.current?.focus();
    props.onAdd(network);
  };
  const isEnforced = draft.networkUse === "enforce";
  const others = trial.networks.filter(({ outcome }) => outcome !== "admitted");
  const reading = { now: new Date(), locale: navigator.language };
  // If nobody used the key, the trial shows nothing.
  const isClear = trial.requests > 0 && trial.refused === 0 && trial.undecided === 0;
  return (
    <SpaceBetween size="m">
      <div ref={beginning} tabIndex={-1} className="beginning">
        {isEnforced
          ? "Requests from other networks are refused from now on, including requests in progress."
          : "Nothing is refused. The key's page shows what the list would refuse."}
      </div>
      <RangeList ranges={readRanges(draft.ranges).ranges} />
      <div role="status">
        <Alert type={isClear ? "success" : isEnforced && trial.refused > 0 ? "warning" : "info"}>
          {trialSentences(trial, false, reading).map((words, i) => (
            <div key={i}>
              <Sentence>{words}</Sentence>
            </div>
          ))}
        </Alert>
      </div>
      {others.length > 0 && (
        <SeenTable
          label="Networks that are not on the list, or only partly"
          rows={others}
          onAdd={hasRoom(draft.ranges) ? add : undefined}
        />
      )}
      <DirectoryWarning scopes={props.scopes} />
    </SpaceBetween>
  );
}
