import Alert from "@cloudscape-design/components/alert";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { ReactNode } from "react";
import { type ApiKey, data } from "../api/client";
import { useApi } from "../api/use-api";
import { Outside } from "../common/outside";
import { Time } from "../common/time";
import { ChangeDialog } from "./change-dialog";

/** To hold a key, or to release it from a hold. */
export type Holding = "hold" | "release";

const TEXTS = {
  hold: {
    header: "Hold API Key",
    busy: "Holding the API key",
    unknown: "The key may or may not be held",
    failed: "The key is not held",
    title: "Everything that uses this key stops working until you release it",
    text: "Requests with the key are then refused, including requests in progress. You can release the key at any time. Nothing about it changes.",
  },
  release: {
    header: "Release API Key",
    busy: "Releasing the API key",
    unknown: "The key may or may not be released",
    failed: "The key is not released",
    title: "Requests with this key work again",
    text: "Everything that has the key can use it again for the APIs below.",
  },
} as const;

/** Holds a key or releases it, after the administrator has read what that means. */
export function HoldDialog(props: {
  apiKey: ApiKey;
  holding: Holding;
  /** The names of the key's scopes. */
  titles: readonly string[];
  onClose: () => void;
  onDone: (key: ApiKey, holding: Holding) => void;
  /** The key has changed meanwhile. */
  onChanged: () => void;
}): ReactNode {
  const { apiKey, holding } = props;
  const api = useApi();
  const texts = TEXTS[holding];
  const change = async () => {
    const options = { params: { path: { keyId: apiKey.keyId } } };
    const changed = await data(
      holding === "hold"
        ? api.POST("/admin/v1/api-keys/{keyId}/hold", options)
        : api.POST("/admin/v1/api-keys/{keyId}/release", options),
    );
    props.onDone(changed, holding);
  };
  return (
    <ChangeDialog
      texts={texts}
      leave="Cancel"
      change={change}
      onClose={props.onClose}
      onChanged={props.onChanged}
    >
      <Alert type={holding === "hold" ? "warning" : "info"} header={texts.title}>
        {texts.text}
      </Alert>
      <KeyValuePairs
        columns={2}
        items={[
          { label: "Name", value: <Outside>{apiKey.name}</Outside> },
          { label: "Key", value: <code className="mask">{apiKey.mask}</code> },
          { label: "Works for", value: props.titles.join(", ") },
          { label: "Last used", value: apiKey.lastUsedAt ? <Time value={apiKey.lastUsedAt} /> : "Never" },
        ]}
      />
    </ChangeDialog>
  );
}
