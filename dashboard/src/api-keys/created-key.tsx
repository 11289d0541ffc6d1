import Link from "@cloudscape-design/components/link";
import type { ReactNode } from "react";
import type { CreatedApiKey } from "../api/client";
import { RotatesItself } from "./rotates-itself";
import { API_KEY_TEXTS } from "./secret-texts";
import { ShownSecret } from "./shown-secret";
import { GUIDE_OF_SELF_ROTATION } from "./usage";
import { UsingKey } from "./using-key";

/** Shows a new key, once, and how to use it. */
export function CreatedKey(props: { apiKey: CreatedApiKey; onClose: () => void }): ReactNode {
  const { apiKey } = props;
  return (
    <ShownSecret name={apiKey.name} secret={apiKey.key} texts={API_KEY_TEXTS} onClose={props.onClose}>
      {({ onOtherCopied }) => (
        <>
          {apiKey.selfRotation && (
            <div>
              <RotatesItself apiKey={apiKey} />
              <Link href={GUIDE_OF_SELF_ROTATION} external externalIconAriaLabel="Opens in a new tab">
                How a secret manager rotates the key
              </Link>
            </div>
          )}
          <UsingKey scopes={apiKey.scopes} isKeyAbove onCommandCopied={onOtherCopied} />
        </>
      )}
    </ShownSecret>
  );
}
