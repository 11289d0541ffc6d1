import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { Outside } from "../common/outside";
import { PlaceLink } from "../common/place-link";

/** Keys as a list of links to their pages. */
export function KeyLinks({ keys }: { keys: readonly ApiKey[] }): ReactNode {
  return (
    <ul className="keys">
      {keys.map(({ keyId, name, mask }) => (
        <li key={keyId}>
          <PlaceLink to={`/dashboard/api-keys/${keyId}`}>
            <Outside>{name}</Outside>
          </PlaceLink>{" "}
          <code className="mask">{mask}</code>
        </li>
      ))}
    </ul>
  );
}
