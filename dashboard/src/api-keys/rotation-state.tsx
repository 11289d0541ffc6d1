import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { Time } from "../common/time";
import { rotationOf } from "./rotation";

/** The mask of a key's current secret, and during a rotation the mask of the second one. */
export function Masks({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const rotation = rotationOf(apiKey, new Date());
  return (
    <>
      <code className="mask">{apiKey.mask}</code>
      {rotation && (
        <Box variant="small" display="block">
          {rotation.kind === "waiting" ? "New" : "Old"}: <code className="mask">{rotation.mask}</code>
        </Box>
      )}
    </>
  );
}

/** What a rotation in progress waits for. */
export function RotationState({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const rotation = rotationOf(apiKey, new Date());
  if (!rotation) return null;
  const lastUsedAt = apiKey.oldSecret?.lastUsedAt;
  return (
    <div>
      <Box variant="small" display="block">
        {rotation.kind === "waiting" ? (
          <>
            New secret not used yet: put it in place by <Time value={rotation.endsAt} />.
          </>
        ) : (
          <>
            Old secret works until <Time value={rotation.endsAt} />.{" "}
            {lastUsedAt ? (
              <>
                Still used <Time value={lastUsedAt} />.
              </>
            ) : (
              "No longer used."
            )}
          </>
        )}
      </Box>
    </div>
  );
}
