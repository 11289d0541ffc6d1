import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import type { ApiKeyDetails, Me } from "../api/client";
import { useScopeTitle } from "../api/use-api";
import { Outside } from "../common/outside";
import { Time } from "../common/time";
import { isOwnerSuspended } from "./attention";
import { stateText } from "./hold";
import { recentlyLimited } from "./limited";
import { Owner } from "./owner";
import { Revoked } from "./revoked";
import { RotatesItself } from "./rotates-itself";
import { Masks, RotationState } from "./rotation-state";
import { NotCompleted } from "./row-actions";
import { ScopeBadges } from "./scope-badges";

/** What is known about a key. */
export function KeyFacts({ me, apiKey: key }: { me: Me; apiKey: ApiKeyDetails }): ReactNode {
  const { text, type } = stateText(key, new Date());
  const limited = recentlyLimited(key, new Date());
  const { lastUse } = key.uses;
  return (
    <Container header={<Header variant="h2">Details</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          {
            label: "State",
            value: (
              <>
                <StatusIndicator type={type}>{text}</StatusIndicator>
                <Revoked apiKey={key} />
                {key.revocationBeganAt && !key.revokedAt && <NotCompleted began={key.revocationBeganAt} />}
              </>
            ),
          },
          {
            label: "Key",
            value: (
              <>
                <Masks apiKey={key} />
                {!key.revokedAt && <RotationState apiKey={key} />}
              </>
            ),
          },
          {
            label: "Works for",
            value: <ScopeBadges scopes={key.scopes} />,
          },
          {
            label: "Expires",
            value: (
              <>
                {key.expiresAt ? <Time value={key.expiresAt} /> : "Never"}
                <RotatesItself apiKey={key} />
              </>
            ),
          },
          {
            label: "Last used",
            value: (
              <>
                {lastUse ? (
                  <LastUse use={lastUse} />
                ) : key.lastUsedAt ? (
                  <Time value={key.lastUsedAt} />
                ) : (
                  "Never"
                )}
                {limited && (
                  <Box variant="small" display="block">
                    {limited.reason}: <Time value={limited.at} />
                  </Box>
                )}
              </>
            ),
          },
          {
            label: "Owner",
            value: <Owner apiKey={key} me={me} isSuspended={isOwnerSuspended(key)} />,
          },
          { label: "Created", value: <Time value={key.createdAt} /> },
          { label: "ID", value: <code className="address">{key.keyId}</code> },
          { label: "Note", value: key.note ? <Note text={key.note} /> : "–" },
        ]}
      />
    </Container>
  );
}

function LastUse({
  use: { at, ip, scope },
}: {
  use: NonNullable<ApiKeyDetails["uses"]["lastUse"]>;
}): ReactNode {
  const title = useScopeTitle();
  return (
    <>
      <Time value={at} />
      <Box variant="small" display="block">
        {scope ? `For ${title(scope)}` : "About the key itself"}
        {ip && (
          <>
            , from <Outside>{ip}</Outside>
          </>
        )}
      </Box>
    </>
  );
}

function Note({ text }: { text: string }): ReactNode {
  return <bdi className="note">{text}</bdi>;
}
