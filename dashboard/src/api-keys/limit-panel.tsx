import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { ReactNode } from "react";
import type { ApiKeyDetails } from "../api/client";
import { PlaceLink } from "../common/place-link";
import { plural } from "../common/plural";
import { Time } from "../common/time";
import { undoPlace } from "../undo/place";
import { startOfHour } from "./limit-state";

/** How many accounts a key can suspend in an hour, and how many it has. */
export function LimitPanel(props: {
  apiKey: ApiKeyDetails;
  /** Undefined if the key can't be edited. */
  onEdit: (() => void) | undefined;
}): ReactNode {
  const { apiKey: key, onEdit } = props;
  const now = new Date();
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="How many accounts the key can suspend or delete in an hour, together."
          actions={onEdit && <Button onClick={onEdit}>Edit suspension limit</Button>}
        >
          Suspension limit
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          { label: "Limit", value: <Limit apiKey={key} /> },
          {
            label: "Used in this hour",
            value: <Used apiKey={key} since={startOfHour(now).toISOString()} />,
          },
          {
            label: "What it suspended",
            value: <PlaceLink to={undoPlace(key.keyId)}>Undo what this key suspended…</PlaceLink>,
          },
        ]}
      />
    </Container>
  );
}

/** The number, and where it comes from. */
function Limit({ apiKey: key }: { apiKey: ApiKeyDetails }): ReactNode {
  const { suspensionsPerHour: number, suspensionLimit } = key;
  return (
    <>
      {number ? `${plural(number, "account")} an hour` : "No limit"}
      <Box variant="small" display="block">
        {suspensionLimit === "policy" ? (
          <>
            From the <PlaceLink to="/dashboard/key-policy">key policy</PlaceLink>
          </>
        ) : (
          "Chosen for this key"
        )}
      </Box>
    </>
  );
}

function Used({ apiKey: key, since }: { apiKey: ApiKeyDetails; since: string }): ReactNode {
  const { suspensionsThisHour: used, suspensionsPerHour: number } = key;
  // Without a limit, nothing is counted.
  if (!number) return "Not counted";
  return (
    <>
      {used.toLocaleString("en")} of {number.toLocaleString("en")}
      <Box variant="small" display="block">
        since <Time value={since} />
      </Box>
    </>
  );
}
