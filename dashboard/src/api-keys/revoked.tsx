import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { Outside } from "../common/outside";
import { Time } from "../common/time";

/** When a key was revoked, and by whom. Nothing for other keys. */
export function Revoked({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const { revokedAt } = apiKey;
  if (!revokedAt) return null;
  return (
    <Box variant="small" display="block">
      <Time value={revokedAt} /> <By apiKey={apiKey} />
    </Box>
  );
}

function By({ apiKey: { revokedBy, revokedByKey, revokedByReporter } }: { apiKey: ApiKey }): ReactNode {
  if (revokedByReporter === "github") return "because GitHub found it in public";
  if (revokedByReporter) return "because somebody found it and reported it";
  if (revokedByKey) return "by the key itself";
  return (
    <>
      by <Outside>{revokedBy?.email ?? ""}</Outside>
    </>
  );
}
