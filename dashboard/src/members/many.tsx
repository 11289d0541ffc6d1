import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FileInput from "@cloudscape-design/components/file-input";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useViewer } from "../api/use-api";
import { EnterpriseOnly } from "../common/enterprise-only";
import { Field, useFocusOnMistake } from "../common/field";
import { useLoss } from "../common/leaving";
import type { Loss } from "../common/losses";
import { Outside } from "../common/outside";
import { useDraft } from "../common/use-draft";
import { useTitle } from "../shell/title";
import { ConfirmMany } from "./confirm-many";
import { MOST_ACCOUNTS, MOST_BYTES, readAccounts } from "./list";
import { ListPreview } from "./list-preview";
import { ManyResult } from "./many-result";
import type { Row } from "./run";
import { type Change, useRefreshMembers } from "./use-members";
import { useRun } from "./use-run";

/** The contents of the form. */
interface ManyDraft {
  change: Change;
  text: string;
}

/** `/dashboard/members/many`: suspends or unsuspends a whole list. */
export default function ManyMembersPage(): ReactNode {
  useTitle("Change many members");
  const viewer = useViewer();
  const navigate = useNavigate();
  const refresh = useRefreshMembers();
  const [store, run] = useRun();
  const [asking, setAsking] = useState(false);
  /** A new object for each attempt to continue. */
  const [attempt, setAttempt] = useState<object>();
  const form = useRef<HTMLDivElement>(null);
  useFocusOnMistake(form, attempt);
  const draft = useDraft<ManyDraft>("change-many", { change: "suspend", text: "" });
  const { change, text } = draft.value;
  const [fileProblem, setFileProblem] = useState("");
  useLoss(text.trim() && !run ? lossOf(draft.discard) : undefined);
  const list = useMemo(() => readAccounts(text), [text]);
  if (viewer.kind !== "administrator") return null;
  const { me } = viewer;
  if (me.company.plan !== "enterprise") {
    return (
      <EnterpriseOnly company={me.company.name} title="Members" heading>
        <Outside>{me.company.name}</Outside> is not on the Enterprise plan. You can't manage members here.
      </EnterpriseOnly>
    );
  }
  const back = () => {
    refresh();
    void navigate("/dashboard/members");
  };
  const start = (rows: readonly Row[]) => {
    setAsking(false);
    setAttempt(undefined);
    store.start(change, rows);
    // From now on, the run has the list.
    draft.change({ text: "" });
  };
  const upload = async (files: readonly File[]) => {
    const [file] = files;
    if (!file) return;
    setFileProblem(file.size > MOST_BYTES ? "The file is larger than 1 MB. Split it." : "");
    if (file.size <= MOST_BYTES) draft.change({ text: await file.text() });
  };
  const { accounts } = list;
  const tooMany =
    accounts.length > MOST_ACCOUNTS ? `At most ${MOST_ACCOUNTS} accounts at a time. Split the list.` : "";
  const missing = attempt && accounts.length === 0 ? "Enter at least one email address or account ID." : "";
  const submit = () => {
    setAttempt({});
    if (accounts.length > 0 && !tooMany) setAsking(true);
  };
  return (
    <Box padding={{ vertical: "m" }}>
      <SpaceBetween size="l">
        <Header
          variant="h1"
          description="Suspend or unsuspend all members on a list of email addresses."
          actions={<Button onClick={back}>Back to Members</Button>}
        >
          Change many members
        </Header>
        {run && !run.undo ? (
          <ManyResult me={me} store={store} run={run} />
        ) : (
          <Container>
            <div ref={form}>
              <SpaceBetween size="l">
                <Field label="Action">
                  <RadioGroup
                    value={change}
                    onChange={({ detail }) => draft.change({ change: detail.value as Change })}
                    items={[
                      {
                        value: "suspend",
                        label: "Suspend",
                        description:
                          "They can no longer sign in, and their sessions end at once. Nothing is deleted.",
                      },
                      { value: "unsuspend", label: "Unsuspend", description: "They can sign in again." },
                    ]}
                  />
                </Field>
                <Field
                  stretch
                  label="Email addresses or account IDs"
                  description="One per line, or separated by commas. You can also upload a CSV file with a column named email."
                  errorText={missing || tooMany}
                >
                  <Textarea
                    value={text}
                    rows={8}
                    spellcheck={false}
                    autoComplete={false}
                    placeholder={"ada@acme.example\ngrace@acme.example"}
                    onChange={({ detail }) => draft.change({ text: detail.value })}
                  />
                </Field>
                <Field errorText={fileProblem}>
                  <FileInput
                    value={[]}
                    accept=".csv,.txt,text/csv,text/plain"
                    onChange={({ detail }) => void upload(detail.value)}
                  >
                    Upload a file
                  </FileInput>
                </Field>
                <ListPreview list={list} change={change} />
                {/* Only one run is possible at a time. A notice above tells about the undo. */}
                <Button variant="primary" disabled={run !== undefined} onClick={submit}>
                  {change === "suspend" ? "Suspend" : "Unsuspend"} {accounts.length > 0 && accounts.length}{" "}
                  {accounts.length === 1 ? "account" : "accounts"}
                </Button>
              </SpaceBetween>
            </div>
          </Container>
        )}
      </SpaceBetween>
      {asking && (
        <ConfirmMany
          me={me}
          change={change}
          names={accounts}
          onClose={() => setAsking(false)}
          onStart={start}
        />
      )}
    </Box>
  );
}

function lossOf(discard: () => void): Loss {
  return {
    title: "Discard this list?",
    text: "No member was changed yet. You would lose the list.",
    leave: "Discard",
    lostBy: "navigating",
    discard,
  };
}
