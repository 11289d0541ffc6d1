import Alert from "@cloudscape-design/components/alert";
import type { ReactNode } from "react";
import type { ApiKey, HoldReason } from "../api/client";
import { Outside } from "../common/outside";
import { PlaceLink } from "../common/place-link";
import { readable, Time } from "../common/time";
import { isHeld } from "./attention";
import { HOLD_TEXTS } from "./hold";

/** Says that a key is held or will be held, why, and what to do. */
export function HoldAlert({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const { hold } = apiKey;
  if (!hold) return null;
  const held = isHeld(apiKey, new Date());
  const isByPolicy = hold.reasons.some(({ reason }) => reason !== "administrator");
  return (
    <Alert
      type={held ? "error" : "warning"}
      header={
        held
          ? "This key is held: requests with it are refused"
          : `This key will be held from ${readable(hold.from)}`
      }
    >
      <ul className="keys">
        {hold.reasons.map((reason) => (
          <li key={reason.reason}>
            <Reason reason={reason} />
          </li>
        ))}
      </ul>
      {isByPolicy && (
        <>
          What keys must comply with: <PlaceLink to="/dashboard/key-policy">Key policy</PlaceLink>
        </>
      )}
    </Alert>
  );
}

function Reason({ reason: { reason, from, by } }: { reason: HoldReason }): ReactNode {
  // The API may have a reason that this version of the page doesn't know.
  const texts = (HOLD_TEXTS as Partial<typeof HOLD_TEXTS>)[reason];
  return (
    <>
      {texts?.why ?? "The key policy holds the key."} {new Date(from) <= new Date() ? "Since" : "From"}{" "}
      <Time value={from} />
      {by && (
        <>
          , by <Outside>{by.email}</Outside>
        </>
      )}
      . {texts?.step}
    </>
  );
}
