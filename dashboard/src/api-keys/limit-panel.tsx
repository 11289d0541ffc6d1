import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { ApiKeyDetails } from "../api/client";
import { PlaceLink } from "../common/place-link";
import { plural } from "../common/plural";
import { readable, Time } from "../common/time";
import { undoPlace } from "../undo/place";
import { isLimitReached, nextHour, startOfHour } from "./limit-state";

/** How many accounts a key can suspend in an hour, how many it has, and what to do when it has reached the limit. */
export function LimitPanel(props: {
  apiKey: ApiKeyDetails;
  /** Undefined if the key can't be edited. */
  onEdit: (() => void) | undefined;
  onRelease: (() => void) | undefined;
}): ReactNode {
  const { apiKey: key, onEdit, onRelease } = props;
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
      <SpaceBetween size="m">
        {isLimitReached(key, now) && (
          <Reached apiKey={key} onRelease={onRelease} until={nextHour(now).toISOString()} />
        )}
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
      </SpaceBetween>
    </Container>
  );
}

function Reached(props: {
  apiKey: ApiKeyDetails;
  until: string;
  onRelease: (() => void) | undefined;
}): ReactNode {
  const { apiKey: key, until, onRelease } = props;
  const at = key.suspensionLimitReachedAt ?? "";
  return (
    <Alert
      type="error"
      header={`This key reached its suspension limit: ${readable(at)}`}
      action={onRelease && <Button onClick={onRelease}>Release</Button>}
    >
      Its requests to suspend or delete accounts are refused until <Time value={until} />. It can still read,
      create and unsuspend accounts. If you don&apos;t know why it suspends so many accounts, hold or revoke
      the key. Then undo what it suspended.
    </Alert>
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
