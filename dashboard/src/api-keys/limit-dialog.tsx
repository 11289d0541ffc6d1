import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useRef, useState } from "react";
import { type ApiKey, data, type KeyPolicy } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { ProblemAlert } from "../common/problem-alert";
import { type LimitDraft, applying, limitDraftOf, limitMistake, limitOf } from "./containment-draft";
import { LimitField } from "./limit-field";
import { KEY_CHANGED } from "./rotation";
import { useMistakes } from "./use-mistakes";

const FIELD = "suspensionLimit";

/** Changes how many accounts a key can suspend in an hour. */
export function LimitDialog(props: {
  apiKey: ApiKey;
  policy: KeyPolicy | undefined;
  onClose: () => void;
  onEdited: (key: ApiKey) => void;
  /** The key has changed meanwhile. */
  onChanged: () => void;
}): ReactNode {
  const { apiKey, policy } = props;
  const before = apiKey.suspensionLimit;
  const api = useApi();
  const [value, setValue] = useState<LimitDraft>(() => limitDraftOf(before, policy?.suspensionsPerHour));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const form = useRef<HTMLFormElement>(null);
  const mistakes = useMistakes(form, problem, [FIELD]);
  const limit = limitOf(value);
  const close = () => !busy && props.onClose();

  const save = async () => {
    setProblem(undefined);
    const mistake = limitMistake(value);
    if (!mistakes.mark(new Map(mistake ? [[FIELD, mistake]] : []))) return;
    if (limit === before) return props.onClose();
    setBusy(true);
    try {
      const params = { path: { keyId: apiKey.keyId } };
      const body = { suspensionLimit: limit };
      props.onEdited(await data(api.PATCH("/admin/v1/api-keys/{keyId}", { params, body })));
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
      header="Edit suspension limit"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close} disabled={busy}>
              Cancel
            </Button>
            <Button variant="primary" onClick={() => void save()} loading={busy} loadingText="Saving">
              Save
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void save();
        }}
      >
        <SpaceBetween size="m">
          {problem && !mistakes.areToldAtFields && (
            <ProblemAlert
              title={
                problem.outcomeUnknown ? "The limit may or may not be changed" : "The limit is not changed"
              }
              problem={problem}
              marked={[FIELD]}
            />
          )}
          <LimitField
            value={value}
            policy={policy}
            disabled={busy}
            mistake={mistakes.in(FIELD)}
            onEdit={(part) => {
              setValue({ ...value, ...part });
              mistakes.corrected(FIELD);
            }}
          />
          {!limitMistake(value) && isLower(applying(limit, policy), applying(before, policy)) && (
            <Alert type="info">
              The lower limit applies at once.{" "}
              {applying(before, policy) === undefined
                ? "Accounts that the key suspended without a limit don't count."
                : "Accounts that the key suspended in this hour already count."}
            </Alert>
          )}
        </SpaceBetween>
        <input type="submit" hidden />
      </form>
    </Modal>
  );
}

function isLower(after: number | undefined, before: number | undefined): boolean {
  return after !== undefined && (before === undefined || after < before);
}
