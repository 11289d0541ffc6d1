import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import type { FoundApiKey, Me } from "../api/client";
import { AttentionBadges } from "../api-keys/attention-badges";
import { isOwnerSuspended } from "../api-keys/attention";
import { stateText } from "../api-keys/hold";
import { Owner } from "../api-keys/owner";
import { ScopeBadges } from "../api-keys/scope-badges";
import { Outside } from "../common/outside";
import { Time } from "../common/time";
import { SECRET_STATES } from "./verdict";

/** The key that was found, with the way to its page. */
export function FoundKey({ me, found }: { me: Me; found: FoundApiKey }): ReactNode {
  const { apiKey: key, foundSecret } = found;
  const navigate = useNavigate();
  const { text, type } = stateText(key, new Date());
  const page = `/dashboard/api-keys/${key.keyId}`;
  const isEnded = foundSecret.state === "ended";
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={<AttentionBadges apiKey={key} />}
          actions={
            <Button
              variant="primary"
              href={page}
              onFollow={(event) => {
                event.preventDefault();
                void navigate(page);
              }}
            >
              Open the key&apos;s page
            </Button>
          }
        >
          <Outside>{key.name}</Outside>
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          {
            label: "Found",
            value: (
              <>
                <code className="mask">{foundSecret.mask}</code>{" "}
                <Badge color={isEnded ? "grey" : "red"}>{SECRET_STATES[foundSecret.state]}</Badge>
              </>
            ),
          },
          { label: "State of the key", value: <StatusIndicator type={type}>{text}</StatusIndicator> },
          {
            label: "Works for",
            value: <ScopeBadges scopes={key.scopes} />,
          },
          {
            label: "Owner",
            value: <Owner apiKey={key} me={me} isSuspended={isOwnerSuspended(key)} />,
          },
          { label: "Created", value: <Time value={key.createdAt} /> },
          { label: "Last used", value: key.lastUsedAt ? <Time value={key.lastUsedAt} /> : "Never" },
        ]}
      />
    </Container>
  );
}
