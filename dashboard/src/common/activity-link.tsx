import Link from "@cloudscape-design/components/link";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";

/** A link to what a key or an account did and what was done to it. */
export function ActivityLink({ involving, label }: { involving: string; label: string }): ReactNode {
  const navigate = useNavigate();
  const place = `/dashboard/activity?range=30d&involving=${encodeURIComponent(involving)}`;
  return (
    <Link
      href={place}
      ariaLabel={label}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(place);
      }}
    >
      Activity
    </Link>
  );
}
