import Alert from "@cloudscape-design/components/alert";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { ReactNode } from "react";
import { type ApiKey, data } from "../api/client";
import { useApi } from "../api/use-api";
import { Outside } from "../common/outside";
import { plural } from "../common/plural";
import { Time } from "../common/time";
import { ChangeDialog } from "./change-dialog";

const TEXTS = {
  header: "Release suspension limit",
  busy: "Releasing the suspension limit",
  unknown: "The suspension limit may or may not be released",
  failed: "The suspension limit is not released",
} as const;

/** Lets a key that reached its suspension limit go on, after the administrator has read what that means. */
export function ReleaseLimitDialog(props: {
  apiKey: ApiKey;
  onClose: () => void;
  onDone: (key: ApiKey) => void;
  /** The key has changed meanwhile. */
  onChanged: () => void;
}): ReactNode {
  const { apiKey } = props;
  const api = useApi();
  const number = apiKey.suspensionsPerHour;
  const change = async () => {
    const params = { path: { keyId: apiKey.keyId } };
    props.onDone(await data(api.POST("/admin/v1/api-keys/{keyId}/release-suspension-limit", { params })));
  };
  return (
    <ChangeDialog
      texts={TEXTS}
      leave="Cancel"
      change={change}
      onClose={props.onClose}
      onChanged={props.onChanged}
    >
      <Alert
        type="warning"
        header={
          number
            ? `The key can then suspend or delete up to ${plural(number, "more account")} in this hour`
            : "The key can then suspend and delete accounts again"
        }
      >
        Counting begins anew at 0. Nothing about the key changes, and accounts that it suspended stay
        suspended. Release the key only if you know why it suspends so many accounts.
      </Alert>
      <KeyValuePairs
        columns={2}
        items={[
          { label: "Name", value: <Outside>{apiKey.name}</Outside> },
          { label: "Key", value: <code className="mask">{apiKey.mask}</code> },
          {
            label: "Limit reached",
            value: apiKey.suspensionLimitReachedAt ? <Time value={apiKey.suspensionLimitReachedAt} /> : "–",
          },
          { label: "Last used", value: apiKey.lastUsedAt ? <Time value={apiKey.lastUsedAt} /> : "Never" },
        ]}
      />
    </ChangeDialog>
  );
}
