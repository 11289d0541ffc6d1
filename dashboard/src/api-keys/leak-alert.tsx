import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { readable } from "../common/time";

/** Says that a secret of the key was found in public and still works, and what to do. Nothing for other keys. */
export function LeakAlert(props: { apiKey: ApiKey; onRevoke: () => void }): ReactNode {
  const { leakReportedAt } = props.apiKey;
  if (!leakReportedAt) return null;
  return (
    <Alert
      type="error"
      header={`GitHub found this key in public: ${readable(leakReportedAt)}`}
      action={<Button onClick={props.onRevoke}>Revoke</Button>}
    >
      The key was not revoked, because the key policy said so. Anybody who sees it there can use it. Revoke
      the key. If your own programs must go on, rotate it instead, put the new secret in place, and complete
      the rotation. The events below say where the key was found.
    </Alert>
  );
}
