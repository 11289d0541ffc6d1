import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";
import type { BreakingKey } from "../api/client";
import { Outside } from "../common/outside";
import { PlaceLink } from "../common/place-link";
import { Time } from "../common/time";

const RULES: Record<BreakingKey["broken"][number]["rule"], string> = {
  expiry: "Doesn't expire",
  lifetime: "Lives too long",
  scopes: "Works for an API that is not on offer",
  unused: "Nobody uses it",
  networks: "Has no enforced list of networks",
};

/** Keys that break a policy: which rules, and when they are held. */
export function BreakingKeys(props: {
  keys: readonly BreakingKey[];
  /** Whether the names link to the keys' pages. */
  isLinked: boolean;
}): ReactNode {
  return (
    <ul className="breaking-keys" aria-label="Keys that break the policy">
      {props.keys.map(({ keyId, name, mask, broken }) => (
        <li key={keyId}>
          <div>
            {props.isLinked ? (
              <PlaceLink to={`/dashboard/api-keys/${keyId}`}>
                <Outside>{name}</Outside>
              </PlaceLink>
            ) : (
              <strong>
                <Outside>{name}</Outside>
              </strong>
            )}{" "}
            <code className="mask">{mask}</code>
          </div>
          {broken.map(({ rule, heldFrom }) => (
            <Box key={rule} variant="small" display="block">
              {/* The API may have a rule that this version of the page doesn't know. */}
              {(RULES as Partial<typeof RULES>)[rule] ?? rule}: held {isPast(heldFrom) ? "since" : "from"}{" "}
              <Time value={heldFrom} />
              {rule === "unused" && !isPast(heldFrom) && ", if nobody uses it before"}
            </Box>
          ))}
        </li>
      ))}
    </ul>
  );
}

function isPast(time: string): boolean {
  return new Date(time) <= new Date();
}
