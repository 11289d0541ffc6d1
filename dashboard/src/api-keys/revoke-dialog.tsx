import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { type ApiKey, data, type Scope } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { Outside } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { Time } from "../common/time";
import { useFirstFocus } from "../common/use-first-focus";

const FOUR = /^[0-9A-Za-z]{4}$/;

/** Revokes one key, once the administrator has named it by its first and last four characters. */
export function RevokeDialog(props: {
  apiKey: ApiKey;
  scopes: Scope[];
  onClose: () => void;
  onRevoked: (key: ApiKey) => void;
}): ReactNode {
  const { apiKey } = props;
  const api = useApi();
  const [firstFour, setFirstFour] = useState("");
  const [lastFour, setLastFour] = useState("");
  const [busy, setBusy] = useState(false);
  const [incomplete, setIncomplete] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const first = useFirstFocus<InputProps.Ref>();
  const titles = apiKey.scopes.map((id) => props.scopes.find((scope) => scope.id === id)?.title ?? id);

  const revoke = async () => {
    setProblem(undefined);
    setIncomplete(!FOUR.test(firstFour) || !FOUR.test(lastFour));
    if (!FOUR.test(firstFour) || !FOUR.test(lastFour)) return;
    setBusy(true);
    try {
      const path = { keyId: apiKey.keyId };
      await data(
        api.POST("/admin/v1/api-keys/{keyId}/revoke", { params: { path }, body: { firstFour, lastFour } }),
      );
      props.onRevoked(apiKey);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const mismatch = problem?.kind === "key-mismatch";
  const mistake = (value: string) => {
    if (incomplete && !FOUR.test(value)) return "Four letters or digits.";
    return mismatch ? "Not the characters of this key. Compare them with the key above." : "";
  };
  const characters = (label: string, value: string, change: (value: string) => void, ref?: typeof first) => (
    <FormField label={label} errorText={mistake(value)}>
      <div className="four">
        <Input
          ref={ref}
          value={value}
          disabled={busy}
          autoComplete={false}
          spellcheck={false}
          nativeInputAttributes={{ maxLength: 4, autoCapitalize: "off", autoCorrect: "off" }}
          onChange={({ detail }) => change(detail.value.trim())}
        />
      </div>
    </FormField>
  );

  return (
    <Modal
      visible
      header="Revoke API Key"
      onDismiss={() => !busy && props.onClose()}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={props.onClose} disabled={busy}>
              Cancel
            </Button>
            <Button variant="primary" onClick={revoke} loading={busy} loadingText="Revoking the API key">
              Revoke API Key
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void revoke();
        }}
      >
        <SpaceBetween size="m">
          <Alert type="warning" header="Whatever uses this key stops working at once">
            Requests to {titles.join(" and ")} with this key are then refused, including requests in progress.
            Revoking can't be undone.
          </Alert>
          <KeyValuePairs
            columns={2}
            items={[
              { label: "Name", value: <Outside>{apiKey.name}</Outside> },
              { label: "Key", value: <code className="mask">{apiKey.mask}</code> },
              { label: "Owner", value: <Outside>{apiKey.createdBy.email}</Outside> },
              { label: "Works for", value: titles.join(", ") },
              { label: "Last used", value: apiKey.lastUsedAt ? <Time value={apiKey.lastUsedAt} /> : "Never" },
            ]}
          />
          {problem && !mismatch && (
            <ProblemAlert
              title={
                problem.outcomeUnknown
                  ? "It is not known whether the key is revoked"
                  : "The key is not revoked"
              }
              problem={problem}
            />
          )}
          <Box>To make sure that it is this key, type its characters:</Box>
          <div className="characters">
            {characters("First four characters", firstFour, setFirstFour, first)}
            {characters("Last four characters", lastFour, setLastFour)}
          </div>
        </SpaceBetween>
        <input type="submit" hidden />
      </form>
    </Modal>
  );
}
