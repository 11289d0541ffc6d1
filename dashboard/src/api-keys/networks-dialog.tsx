import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useRef, useState } from "react";
import { type ApiKey, data, type KeyPolicy, type NetworksTrial } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useApi } from "../api/use-api";
import { useFocusOnMistake } from "../common/field";
import { useLoss, useQuestion } from "../common/leaving";
import { ProblemAlert } from "../common/problem-alert";
import { useDraft } from "../common/use-draft";
import {
  areSameNetworks,
  type NetworksDraft,
  networksDraftOf,
  networksMistake,
  networksOf,
  withRange,
} from "./containment-draft";
import { FORMS } from "./dialog";
import { NetworksField } from "./networks-field";
import { NetworksReview } from "./networks-review";
import { complaintAbout, readRanges } from "./ranges";
import { KEY_CHANGED } from "./rotation";

/** The contents of the form. */
export interface NetworksEditDraft extends NetworksDraft {
  apiKey: ApiKey;
}

/** The fields that show what the API says about them. */
const FIELDS = ["networks", "ranges"];

/** Changes from which networks a key can be used, after the administrator has seen what that would have refused. */
export function NetworksDialog(props: {
  apiKey: ApiKey;
  /** A network that is added to the list. */
  added: string | undefined;
  policy: KeyPolicy | undefined;
  onClose: () => void;
  onEdited: (key: ApiKey) => void;
  /** The key has changed meanwhile. */
  onChanged: () => void;
}): ReactNode {
  const { apiKey, policy } = props;
  const api = useApi();
  const draft = useDraft<NetworksEditDraft>(
    FORMS.networks,
    { apiKey, ...networksDraftOf(apiKey.networks, policy, props.added) },
    (kept) => kept.apiKey?.keyId === apiKey.keyId,
  );
  const { value, change } = draft;
  const [trial, setTrial] = useState<NetworksTrial>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [mistake, setMistake] = useState("");
  const form = useRef<HTMLFormElement>(null);
  useFocusOnMistake(form, mistake);
  const [ask, question] = useQuestion();
  const loss = draft.filled && !busy ? { ...LOSS, discard: draft.discard } : undefined;
  useLoss(loss);
  const close = () => !busy && ask(loss, props.onClose);
  const path = { keyId: apiKey.keyId };

  const attempt = async (act: () => Promise<void>) => {
    setProblem(undefined);
    setBusy(true);
    try {
      await act();
    } catch (error) {
      const problem = asProblem(error);
      const about = complaintAbout(problem.fields, readRanges(value.ranges));
      setMistake(about);
      setProblem(problem);
      if (about) setTrial(undefined);
      if (KEY_CHANGED.has(problem.kind)) props.onChanged();
    }
    setBusy(false);
  };
  const tryOut = (ranges: string) =>
    attempt(async () => {
      const body = { ranges: readRanges(ranges).ranges };
      setTrial(await data(api.POST("/admin/v1/api-keys/{keyId}/try-networks", { params: { path }, body })));
    });
  const save = () =>
    attempt(async () => {
      const body = { networks: networksOf(value) ?? null };
      const edited = await data(api.PATCH("/admin/v1/api-keys/{keyId}", { params: { path }, body }));
      draft.discard();
      props.onEdited(edited);
    });
  const proceed = () => {
    setProblem(undefined);
    const found = networksMistake(value);
    setMistake(found);
    if (found) return;
    if (areSameNetworks(networksOf(value), apiKey.networks)) {
      draft.discard();
      return props.onClose();
    }
    void (value.networkUse === "any" ? save() : tryOut(value.ranges));
  };
  const add = (network: string) => {
    const ranges = withRange(value.ranges, network);
    change({ ranges });
    void tryOut(ranges);
  };
  const isListed = value.networkUse !== "any";
  const submit = () => (trial ? void save() : proceed());

  return (
    <Modal
      visible
      size="medium"
      header={trial ? "Save these networks?" : "Edit networks"}
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={trial ? () => setTrial(undefined) : close} disabled={busy}>
              {trial ? "Back" : "Cancel"}
            </Button>
            <Button
              variant="primary"
              onClick={submit}
              loading={busy}
              loadingText={trial ? "Saving" : "Looking"}
            >
              {trial || !isListed ? "Save" : "Review"}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) submit();
        }}
      >
        <SpaceBetween size="m">
          {problem && !mistake && (
            <ProblemAlert
              title={titleOf(problem, trial !== undefined || !isListed)}
              problem={problem}
              marked={FIELDS}
            />
          )}
          {trial ? (
            <NetworksReview draft={value} trial={trial} scopes={apiKey.scopes} isBusy={busy} onAdd={add} />
          ) : (
            <NetworksField
              value={value}
              policy={policy}
              scopes={apiKey.scopes}
              disabled={busy}
              mistake={mistake}
              onEdit={(part) => {
                change(part);
                setMistake("");
              }}
            />
          )}
        </SpaceBetween>
        <input type="submit" hidden />
      </form>
      {question}
    </Modal>
  );
}

function titleOf(problem: Problem, isSaving: boolean): string {
  if (!isSaving) return "What the list would refuse can't be shown";
  return problem.outcomeUnknown ? "The networks may or may not be saved" : "The networks are not saved";
}

const LOSS = {
  title: "Discard this form?",
  text: "The networks are not changed. You would lose what you entered.",
  leave: "Discard",
  lostBy: "navigating",
} as const;
