import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import type { KeyPolicy, KeyPolicyState } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useScopeTitle } from "../api/use-api";
import { Sentence } from "../common/outside";
import { plural } from "../common/plural";
import { ProblemAlert } from "../common/problem-alert";
import { BreakingKeys } from "./breaking-keys";
import { policySentences } from "./sentences";

/** Shows what a policy would do, and sets it when the administrator confirms. */
export function ConfirmDialog(props: {
  before: KeyPolicy;
  /** What the service says about the policy. */
  trial: KeyPolicyState;
  save: () => Promise<void>;
  onClose: () => void;
}): ReactNode {
  const { policy, breaking } = props.trial;
  const title = useScopeTitle();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const save = async () => {
    setProblem(undefined);
    setBusy(true);
    try {
      await props.save();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const close = () => !busy && props.onClose();
  return (
    <Modal
      visible
      header="Save this key policy?"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close} disabled={busy}>
              Back
            </Button>
            <Button variant="primary" onClick={() => void save()} loading={busy} loadingText="Saving">
              Save
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <ul className="keys">
          {policySentences(policy, title).map((words, i) => (
            <li key={i}>
              <Sentence>{words}</Sentence>
            </li>
          ))}
        </ul>
        {breaking.length === 0 ? (
          <Alert type="success" header="No key breaks this policy" />
        ) : (
          <Alert type="warning" header={`${plural(breaking.length, "key")} will break this policy`}>
            <SpaceBetween size="xs">
              <div>
                {breaking.length === 1 ? "It works" : "They work"} until the time below, and{" "}
                {breaking.length === 1 ? "is" : "are"} then held. Correct or replace{" "}
                {breaking.length === 1 ? "it" : "them"} before.
              </div>
              <BreakingKeys keys={breaking} isLinked={false} />
            </SpaceBetween>
          </Alert>
        )}
        <LimitChange before={props.before} after={policy} />
        {policy.leakedKeys === "alert" && props.before.leakedKeys !== "alert" && (
          <Alert type="warning" header="Keys that GitHub finds in public will still work">
            Anybody who sees such a key can use it until an administrator revokes it.
          </Alert>
        )}
        {problem && (
          <ProblemAlert
            title={problem.outcomeUnknown ? "The policy may or may not be saved" : "The policy is not saved"}
            problem={problem}
          />
        )}
      </SpaceBetween>
    </Modal>
  );
}

/** Warns of a limit that ends, and of one that begins or becomes lower. */
function LimitChange({ before, after }: { before: KeyPolicy; after: KeyPolicy }): ReactNode {
  const [was, is] = [before.suspensionsPerHour, after.suspensionsPerHour];
  if (was !== undefined && is === undefined) {
    return (
      <Alert type="warning" header="Keys can then suspend any number of accounts">
        A stolen key can suspend everybody in your company before somebody notices.
      </Alert>
    );
  }
  if (is === undefined || (was !== undefined && is >= was)) return null;
  return (
    <Alert type="info" header="The suspension limit applies at once">
      {was === undefined
        ? "Accounts that a key suspended without a limit don't count."
        : "Accounts that a key suspended in this hour already count."}{" "}
      The days of grace don&apos;t apply.
    </Alert>
  );
}
