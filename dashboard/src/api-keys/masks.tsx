import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { Time } from "../common/time";
import { rotationOf } from "./rotation";

/** The mask of a key's current secret. During a rotation also the mask of the second one, and what it waits for. */
export function Masks({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const rotation = apiKey.revokedAt ? undefined : rotationOf(apiKey, new Date());
  return (
    <>
      <code className="mask">{apiKey.mask}</code>
      {rotation && (
        <>
          <Box display="block">
            <StatusIndicator type={rotation.kind === "waiting" ? "pending" : "in-progress"}>
              Rotating
            </StatusIndicator>
          </Box>
          <Box variant="small" display="block">
            {rotation.kind === "waiting" ? (
              <>
                New secret <code className="mask">{rotation.mask}</code>: not used yet. Put it in place by{" "}
                <Time value={rotation.endsAt} />.
              </>
            ) : (
              <>
                Old secret <code className="mask">{rotation.mask}</code>: works until{" "}
                <Time value={rotation.endsAt} />. {oldUse(apiKey)}
              </>
            )}
          </Box>
        </>
      )}
    </>
  );
}

function oldUse({ oldSecret }: ApiKey): ReactNode {
  if (!oldSecret?.lastUsedAt) return "No longer used.";
  return (
    <>
      Still used <Time value={oldSecret.lastUsedAt} />.
    </>
  );
}
