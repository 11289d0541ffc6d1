import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";

/** Says that a key may rotate itself. */
export function RotatesItself({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const { selfRotation } = apiKey;
  return (
    selfRotation && (
      <Box variant="small" display="block">
        Rotates itself: new secrets expire after {selfRotation.lifetimeDays}{" "}
        {selfRotation.lifetimeDays === 1 ? "day" : "days"}.
      </Box>
    )
  );
}
