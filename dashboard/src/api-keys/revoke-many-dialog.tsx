import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { type ApiKey, data } from "../api/client";
import { useApi } from "../api/use-api";
import { useFocusOnMistake } from "../common/field";
import { useLoss, useQuestion } from "../common/leaving";
import type { Loss } from "../common/losses";
import { plural } from "../common/plural";
import { useDraft } from "../common/use-draft";
import { FORMS } from "./dialog";
import {
  countRows,
  mistakeIn,
  openRows,
  type RevocationRow,
  type RevokeManyDraft,
  revokeAll,
} from "./revoke-many";
import { RevokeRow } from "./revoke-row";

/** Revokes several keys, after the administrator has identified each by its characters. Shows the result for each. */
export function RevokeManyDialog(props: {
  keys: readonly ApiKey[];
  onClose: () => void;
  /** Some keys may have been revoked. */
  onChanged: () => void;
}): ReactNode {
  const api = useApi();
  const draft = useDraft<RevokeManyDraft>(FORMS.revokeMany, { rows: openRows(props.keys) });
  const [busy, setBusy] = useState(false);
  /** The latest attempt. A new object for each attempt. */
  const [attempt, setAttempt] = useState({ isIncomplete: false });
  const [ask, question] = useQuestion();
  const { rows } = draft.value;
  const counts = countRows(rows);
  const left = rows.length - counts.revoked;
  const isDone = left === 0;
  const isStarted = counts.revoked + counts.failed > 0;
  const loss = isDone ? undefined : lossOf(busy, isStarted, draft);
  useLoss(loss);
  const form = useRef<HTMLFormElement>(null);
  useFocusOnMistake(form, attempt);
  const close = () => {
    if (busy) return;
    if (isDone) draft.discard();
    ask(loss, props.onClose);
  };
  const now = new Date();

  // The rows as they are, because a response changes them while others are on their way.
  const latest = useRef(rows);
  useEffect(() => {
    latest.current = rows;
  }, [rows]);
  const change = (keyId: string, part: Partial<RevocationRow>) => {
    latest.current = latest.current.map((row) => (row.key.keyId === keyId ? { ...row, ...part } : row));
    draft.change({ rows: latest.current });
  };

  const revoke = async () => {
    const open = rows.filter(({ state }) => state.kind !== "revoked");
    const isIncomplete = open.some((row) => mistakeIn(row, now) !== "");
    setAttempt({ isIncomplete });
    if (isIncomplete) return;
    setBusy(true);
    await revokeAll(open, {
      revoke: ({ key: { keyId }, firstFour, lastFour }) => {
        const options = { params: { path: { keyId } }, body: { firstFour, lastFour } };
        return data(api.POST("/admin/v1/api-keys/{keyId}/revoke", options));
      },
      wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      report: (keyId, state) => change(keyId, { state }),
    });
    setBusy(false);
    props.onChanged();
  };

  return (
    <Modal
      visible
      header={`Revoke ${plural(rows.length, "API key")}`}
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close} disabled={busy}>
              {isStarted ? "Close" : "Cancel"}
            </Button>
            {!isDone && (
              <Button
                variant="primary"
                onClick={() => void revoke()}
                loading={busy}
                loadingText="Revoking the API keys"
              >
                {isStarted ? `Try again: ${plural(left, "API key")}` : `Revoke ${plural(left, "API key")}`}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && !isDone) void revoke();
        }}
      >
        <SpaceBetween size="m">
          {isStarted ? (
            <div role="status">
              <Alert
                type={isDone ? "success" : counts.failed > 0 ? "error" : "info"}
                header={`${counts.revoked} of ${plural(rows.length, "API key")} revoked`}
              >
                {isDone
                  ? "They can no longer be used."
                  : "You can try the others again. What you typed is still here."}
              </Alert>
            </div>
          ) : (
            <Alert type="warning" header="Everything that uses these keys stops working at once">
              Requests with these keys are then refused, including requests in progress. Revoking can't be
              undone. To confirm, type the first and last four characters of each key.
            </Alert>
          )}
          <ul className="revocations">
            {rows.map((row) => (
              <RevokeRow
                key={row.key.keyId}
                row={row}
                disabled={busy}
                mistake={attempt.isIncomplete ? mistakeIn(row, now) : ""}
                onChange={(part) => change(row.key.keyId, part)}
              />
            ))}
          </ul>
        </SpaceBetween>
        <input type="submit" hidden />
      </form>
      {question}
    </Modal>
  );
}

function lossOf(
  busy: boolean,
  isStarted: boolean,
  { filled, discard }: { filled: boolean; discard: () => void },
): Loss | undefined {
  if (busy) {
    return {
      title: "API keys are being revoked",
      text: "This stops if you leave. Keys that were already revoked stay revoked.",
      leave: "Stop and leave",
      lostBy: "navigating",
    };
  }
  if (isStarted) {
    return {
      title: "Some API keys are not revoked",
      text: "If you leave, these keys keep working, and you lose the characters that you typed.",
      leave: "Leave anyway",
      lostBy: "navigating",
      discard,
    };
  }
  if (!filled) return undefined;
  return {
    title: "Discard this form?",
    text: "No API key was revoked yet. You would lose the characters that you typed.",
    leave: "Discard",
    lostBy: "navigating",
    discard,
  };
}
