import type { ReactNode } from "react";
import { PlaceLink } from "./place-link";

/** A link to what a key or an account did and what was done to it. */
export function ActivityLink({ involving, label }: { involving: string; label: string }): ReactNode {
  return (
    <PlaceLink to={`/dashboard/activity?range=30d&involving=${encodeURIComponent(involving)}`} label={label}>
      Activity
    </PlaceLink>
  );
}
