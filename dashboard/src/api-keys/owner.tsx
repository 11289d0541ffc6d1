import Badge from "@cloudscape-design/components/badge";
import type { ReactNode } from "react";
import type { ApiKey, Me } from "../api/client";
import { Outside } from "../common/outside";

/** Who owns a key. Says whether that is the reader, and if `isSuspended`, that the owner is suspended. */
export function Owner(props: { apiKey: ApiKey; me: Me; isSuspended: boolean }): ReactNode {
  const { apiKey, me, isSuspended } = props;
  const { accountId, email } = apiKey.createdBy;
  return (
    <>
      <Outside>{email}</Outside> {accountId === me.account.accountId && <Badge color="blue">you</Badge>}
      {isSuspended && <Badge color="red">suspended</Badge>}
    </>
  );
}
