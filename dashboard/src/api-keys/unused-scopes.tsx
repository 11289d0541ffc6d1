import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import { plain, quoted } from "../common/outside";
import { UNUSED_DAYS } from "./attention";

/** Names what a key could do but hasn't done for long, with a step that takes it away. */
export function UnusedScopes(props: {
  titles: readonly string[];
  /** What was enough for the requests. Undefined if there were none. */
  narrowed: readonly string[] | undefined;
  onNarrow: () => void;
  onRevoke: () => void;
}): ReactNode {
  const { titles, narrowed } = props;
  const unused = plain(quoted(titles));
  return (
    <Alert
      type="info"
      header={`No request has needed ${unused} for ${UNUSED_DAYS} days`}
      action={
        narrowed ? (
          <Button onClick={props.onNarrow}>Take unused APIs away</Button>
        ) : (
          <Button onClick={props.onRevoke}>Revoke</Button>
        )
      }
    >
      {narrowed
        ? `A key should be able to do only what it is needed for. Its requests need only ${plain(quoted(narrowed))}.`
        : "No request has needed any of its APIs. If nobody needs the key any more, revoke it."}
    </Alert>
  );
}
