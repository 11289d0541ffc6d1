import Link from "@cloudscape-design/components/link";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";

/** A link to another place of the page. */
export function PlaceLink(props: {
  to: string;
  /** The name of the link, if its text alone does not say enough. */
  label?: string;
  children: ReactNode;
}): ReactNode {
  const { to, label, children } = props;
  const navigate = useNavigate();
  return (
    <Link
      href={to}
      ariaLabel={label}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(to);
      }}
    >
      {children}
    </Link>
  );
}
