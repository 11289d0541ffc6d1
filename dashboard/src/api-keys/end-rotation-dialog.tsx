import Alert from "@cloudscape-design/components/alert";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { ReactNode } from "react";
import { type ApiKey, data } from "../api/client";
import { useApi } from "../api/use-api";
import { Outside } from "../common/outside";
import { Time } from "../common/time";
import { ChangeDialog } from "./change-dialog";
import { charactersOf, newestMask } from "./rotation";

/** How a rotation ends: with the end of the old secret, or with the end of the new one. */
export type Ending = "complete" | "cancel";

const TEXTS = {
  complete: {
    header: "Complete rotation",
    busy: "Ending the old secret",
    unknown: "The rotation may or may not be completed",
    failed: "The rotation is not completed",
  },
  cancel: {
    header: "Cancel rotation",
    busy: "Ending the new secret",
    unknown: "The rotation may or may not be canceled",
    failed: "The rotation is not canceled",
  },
} as const;

/** Ends one of a key's two secrets, after the administrator has read which one and what that means. */
export function EndRotationDialog(props: {
  /** The key as the administrator saw it. If it has changed, the API refuses the request. */
  apiKey: ApiKey;
  ending: Ending;
  onClose: () => void;
  onEnded: (apiKey: ApiKey, ending: Ending) => void;
  /** The key has changed meanwhile. */
  onChanged: () => void;
}): ReactNode {
  const { apiKey, ending } = props;
  const api = useApi();
  const end = async () => {
    const options = {
      params: { path: { keyId: apiKey.keyId } },
      body: charactersOf(newestMask(apiKey)),
    };
    await data(
      ending === "complete"
        ? api.POST("/admin/v1/api-keys/{keyId}/complete-rotation", options)
        : api.POST("/admin/v1/api-keys/{keyId}/cancel-rotation", options),
    );
    props.onEnded(apiKey, ending);
  };
  return (
    <ChangeDialog
      texts={TEXTS[ending]}
      leave="Close"
      change={end}
      onClose={props.onClose}
      onChanged={props.onChanged}
    >
      {ending === "complete" ? <Completion apiKey={apiKey} /> : <Cancellation apiKey={apiKey} />}
      <Secrets apiKey={apiKey} />
    </ChangeDialog>
  );
}

function Completion({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const { mask, newSecret, oldSecret } = apiKey;
  const lastUsedAt = oldSecret?.lastUsedAt;
  const end = (
    <>
      Requests with the old secret, <Mask>{oldSecret?.mask ?? mask}</Mask>, then fail at once, including
      requests in progress. This can't be undone.
    </>
  );
  return newSecret ? (
    <Alert type="error" header="Nobody has used the new secret yet">
      Complete the rotation only if the new secret, <Mask>{newSecret.mask}</Mask>, is in place wherever the
      key is used. Otherwise everything that uses the key stops working. {end}
    </Alert>
  ) : (
    <Alert
      type="warning"
      header={lastUsedAt ? "The old secret may still be in use" : "The old secret ends at once"}
    >
      {lastUsedAt ? (
        <>
          It was used <Time value={lastUsedAt} />, after the first use of the new one.
        </>
      ) : (
        "It has not been used since the first use of the new one."
      )}{" "}
      {end}
    </Alert>
  );
}

function Cancellation({ apiKey }: { apiKey: ApiKey }): ReactNode {
  return (
    <Alert type="warning" header="The new secret ends at once">
      Nobody has used the new secret, <Mask>{newestMask(apiKey)}</Mask>. If it is in place somewhere, requests
      with it are then refused. The current secret, <Mask>{apiKey.mask}</Mask>, keeps working.
    </Alert>
  );
}

function Secrets({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const { mask, newSecret, oldSecret, lastUsedAt } = apiKey;
  return (
    <KeyValuePairs
      columns={2}
      items={[
        { label: "Name", value: <Outside>{apiKey.name}</Outside> },
        { label: "Last used", value: lastUsedAt ? <Time value={lastUsedAt} /> : "Never" },
        {
          label: newSecret ? "Current secret" : "Old secret",
          value: <Mask>{oldSecret?.mask ?? mask}</Mask>,
        },
        { label: "New secret", value: <Mask>{newestMask(apiKey)}</Mask> },
      ]}
    />
  );
}

function Mask({ children }: { children: string }): ReactNode {
  return <code className="mask">{children}</code>;
}
