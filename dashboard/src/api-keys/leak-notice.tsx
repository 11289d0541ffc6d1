import Alert from "@cloudscape-design/components/alert";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { plural } from "../common/plural";
import { KeyLinks } from "./key-links";
import { isChangeable } from "./hold";

/** Names the keys that were found in public and still work, with links to their pages. */
export function LeakNotice({ keys }: { keys: readonly ApiKey[] }): ReactNode {
  const now = new Date();
  const leaked = keys.filter((key) => key.leakReportedAt && isChangeable(key, now));
  if (leaked.length === 0) return null;
  return (
    <Alert
      type="error"
      header={
        leaked.length === 1
          ? "GitHub found a key in public"
          : `GitHub found ${plural(leaked.length, "key")} in public`
      }
    >
      Anybody who sees {leaked.length === 1 ? "it" : "them"} there can use{" "}
      {leaked.length === 1 ? "it" : "them"}. Revoke or rotate {leaked.length === 1 ? "it" : "them"}.
      <KeyLinks keys={leaked} />
    </Alert>
  );
}
