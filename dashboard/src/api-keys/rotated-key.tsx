import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { Time } from "../common/time";
import type { RotatedApiKey } from "../api/client";
import { NewSecretUse } from "./new-secret-use";
import { NEW_SECRET_TEXTS } from "./secret-texts";
import { ShownSecret } from "./shown-secret";

/** Shows the new secret of a key, once, what to do with it, and whether it is in use. */
export function RotatedKey(props: {
  apiKey: RotatedApiKey;
  /** How long the old secret works after the first use of the new one. */
  overlap: string;
  onClose: () => void;
}): ReactNode {
  const { apiKey, overlap } = props;
  const { newSecret } = apiKey;
  return (
    <ShownSecret name={apiKey.name} secret={apiKey.key} texts={NEW_SECRET_TEXTS} onClose={props.onClose}>
      {({ isCopied }) => (
        <SpaceBetween size="s">
          {newSecret && (
            <NewSecretUse
              keyId={apiKey.keyId}
              name={apiKey.name}
              mask={newSecret.mask}
              isWatched={isCopied}
            />
          )}
          <Box variant="h3">What to do now</Box>
          <ol className="keys">
            <li>Copy the new secret.</li>
            <li>
              Put it in place of the current one, <code className="mask">{apiKey.mask}</code>, wherever your
              script or identity provider reads its secrets. Until then, nothing changes.
            </li>
            <li>
              The first request with the new secret starts the end of the old one, even if the request is only
              a test. The old secret then works for {overlap} more.
            </li>
          </ol>
          {newSecret && (
            <div>
              If nobody uses the new secret until <Time value={newSecret.unusedUntil} />, the new secret ends
              and the current one keeps working.
            </div>
          )}
        </SpaceBetween>
      )}
    </ShownSecret>
  );
}
