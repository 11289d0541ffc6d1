import Badge from "@cloudscape-design/components/badge";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { useScopeTitle } from "../api/use-api";

/** The titles of a key's scopes. */
export function ScopeBadges({ scopes }: Pick<ApiKey, "scopes">): ReactNode {
  const title = useScopeTitle();
  return (
    <span className="scopes">
      {scopes.map((id) => (
        <Badge key={id}>{title(id)}</Badge>
      ))}
    </span>
  );
}
