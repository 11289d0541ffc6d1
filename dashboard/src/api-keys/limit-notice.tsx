import Alert from "@cloudscape-design/components/alert";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { plural } from "../common/plural";
import { KeyLinks } from "./key-links";
import { isLimitReached } from "./limit-state";

/** Names the keys that reached their suspension limit in this hour, with links to their pages. */
export function LimitNotice({ keys }: { keys: readonly ApiKey[] }): ReactNode {
  const now = new Date();
  const reached = keys.filter((key) => isLimitReached(key, now));
  if (reached.length === 0) return null;
  return (
    <Alert
      type="error"
      header={
        reached.length === 1
          ? "A key reached its suspension limit"
          : `${plural(reached.length, "key")} reached their suspension limits`
      }
    >
      Requests with {reached.length === 1 ? "it" : "them"} to suspend or delete accounts are refused until the
      next hour. Find out why so many accounts are suspended.
      <KeyLinks keys={reached} />
    </Alert>
  );
}
