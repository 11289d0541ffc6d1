import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import type { Account } from "../api/client";
import { Time } from "../common/time";

/** The state of an account. */
export function MemberState({ account }: { account: Account }): ReactNode {
  if (account.state === "active") return <StatusIndicator type="success">Active</StatusIndicator>;
  return (
    <>
      <StatusIndicator type="stopped">Suspended</StatusIndicator>
      {account.suspendedAt && (
        <Box variant="small" display="block">
          since <Time value={account.suspendedAt} />
        </Box>
      )}
    </>
  );
}

/** The name of an account's role. */
export function roleName({ role }: Account): string {
  return role === "company_admin" ? "Company Administrator" : "Member";
}
