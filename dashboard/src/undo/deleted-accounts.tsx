import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import type { KeySuspension } from "../api/client";
import { Outside } from "../common/outside";
import { Time } from "../common/time";

/** The number of accounts that are shown at first. */
const SHOWN = 20;

/** The accounts that a key deleted, or that somebody deleted after the key suspended them. */
export function DeletedAccounts({ deleted }: { deleted: readonly KeySuspension[] }): ReactNode {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? deleted : deleted.slice(0, SHOWN);
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${deleted.length.toLocaleString("en")})`}
          description="A deletion can't be undone. Add these people again, or let your directory do it."
        >
          Deleted accounts
        </Header>
      }
    >
      <SpaceBetween size="xs">
        <ul className="keys" aria-label="Deleted accounts">
          {shown.map(({ accountId, email, name, action, at }) => (
            <li key={accountId}>
              {name && name !== email && (
                <>
                  <Outside>{name}</Outside>,{" "}
                </>
              )}
              <Outside>{email}</Outside>, {action === "DELETE_ACCOUNT" ? "deleted" : "suspended"} by the key{" "}
              <Time value={at} />
              {action === "SUSPEND_ACCOUNT" && ", deleted later"}
            </li>
          ))}
        </ul>
        {shown.length < deleted.length && (
          <Button variant="inline-link" onClick={() => setWhole(true)}>
            Show all {deleted.length.toLocaleString("en")} accounts
          </Button>
        )}
      </SpaceBetween>
    </Container>
  );
}
