import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { ApiKeyDetails } from "../api/client";
import { dayInWords } from "../common/day";
import { Sentence } from "../common/outside";
import { plural } from "../common/plural";
import { NetworkMode, RangeList } from "./network-list";
import { DirectoryWarning } from "./networks-field";
import { SeenTable } from "./seen-table";
import { periodOf, trialSentences } from "./trial";

/** From which networks a key can be used, from which ones it was used, and what the list does about that. */
export function NetworksPanel(props: {
  apiKey: ApiKeyDetails;
  /** Opens the form, with a network that is added to the list. Undefined if the key can't be edited. */
  onEdit: ((added?: string) => void) | undefined;
}): ReactNode {
  const { apiKey: key, onEdit } = props;
  const { networks, networksTrial: trial, seen } = key;
  const outcomes = new Map(trial?.networks.map(({ network, outcome }) => [network, outcome]));
  const reading = { now: new Date(), locale: navigator.language };
  const period = periodOf(seen.since, reading);
  const rows = seen.networks.map((row) => ({ ...row, outcome: outcomes.get(row.network) }));
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`Where the key can be used, and where it was used ${period}.`}
          actions={onEdit && <Button onClick={() => onEdit()}>Edit networks</Button>}
        >
          Networks
        </Header>
      }
    >
      <SpaceBetween size="m">
        <SpaceBetween size="xs">
          <NetworkMode networks={networks} />
          {networks && <RangeList ranges={networks.ranges} />}
        </SpaceBetween>
        {networks && trial && (
          <ul className="keys" aria-label="What the list does">
            {trialSentences(trial, networks.mode === "enforce", reading).map((words, i) => (
              <li key={i}>
                <Sentence>{words}</Sentence>
              </li>
            ))}
          </ul>
        )}
        {networks && onEdit && <DirectoryWarning scopes={key.scopes} />}
        {seen.requests > 0 ? (
          <div>
            {rows.length > 0 && (
              <SeenTable label="Networks that the key was used from" rows={rows} onAdd={onEdit} />
            )}
            <Box variant="small" display="block">
              {seen.otherRequests
                ? `${plural(seen.otherRequests, "more request")} came from networks that are not kept. At most 64 networks are kept for a day. `
                : ""}
              Counted since {dayInWords(seen.since, navigator.language)}.
            </Box>
          </div>
        ) : (
          // The trial says it already.
          !(networks && trial) && (
            <Box color="text-body-secondary">No request with the key was counted {period}.</Box>
          )
        )}
      </SpaceBetween>
    </Container>
  );
}
