import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { type ApiKey, data } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { Outside } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { Time } from "../common/time";
import { KEY_CHANGED } from "./rotation";

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
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const texts = TEXTS[holding];
  const isOver = KEY_CHANGED.has(problem?.kind ?? "");
  const close = () => !busy && props.onClose();

  const change = async () => {
    setProblem(undefined);
    setBusy(true);
    try {
      const options = { params: { path: { keyId: apiKey.keyId } } };
      const changed = await data(
        holding === "hold"
          ? api.POST("/admin/v1/api-keys/{keyId}/hold", options)
          : api.POST("/admin/v1/api-keys/{keyId}/release", options),
      );
      props.onDone(changed, holding);
    } catch (error) {
      const problem = asProblem(error);
      setProblem(problem);
      setBusy(false);
      if (KEY_CHANGED.has(problem.kind)) props.onChanged();
    }
  };

  return (
    <Modal
      visible
      header={texts.header}
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close} disabled={busy}>
              {isOver ? "Close" : "Cancel"}
            </Button>
            {!isOver && (
              <Button variant="primary" onClick={() => void change()} loading={busy} loadingText={texts.busy}>
                {texts.header}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
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
        {problem && (
          <ProblemAlert title={problem.outcomeUnknown ? texts.unknown : texts.failed} problem={problem} />
        )}
      </SpaceBetween>
    </Modal>
  );
}
