import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { PlaceLink } from "../common/place-link";
import { readable, Time } from "../common/time";
import { undoPlace } from "../undo/place";
import { isLimitReached, nextHour } from "./limit-state";

/** Says that a key reached its suspension limit, and what to do. Nothing for other keys. */
export function LimitAlert(props: { apiKey: ApiKey; onRelease: () => void }): ReactNode {
  const { apiKey: key, onRelease } = props;
  const now = new Date();
  if (!isLimitReached(key, now)) return null;
  const at = key.suspensionLimitReachedAt ?? "";
  return (
    <Alert
      type="error"
      header={`This key reached its suspension limit: ${readable(at)}`}
      action={<Button onClick={onRelease}>Release</Button>}
    >
      Its requests to suspend or delete accounts are refused until{" "}
      <Time value={nextHour(now).toISOString()} />. It can still read, create and unsuspend accounts. If you
      don&apos;t know why it suspends so many accounts, hold or revoke the key. Then{" "}
      <PlaceLink to={undoPlace(key.keyId)}>undo what this key suspended</PlaceLink>.
    </Alert>
  );
}
