import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useRef, useState } from "react";
import { useViewer } from "../api/use-api";
import { Field } from "../common/field";
import { PlaceLink } from "../common/place-link";
import { ProblemAlert } from "../common/problem-alert";
import { useTitle } from "../shell/title";
import { FoundKey } from "./found-key";
import { KeyField, type KeyFieldHandle } from "./key-field";
import { mistakeIn } from "./mistakes";
import { type Question, questionAbout } from "./question";
import { UnknownKey } from "./unknown-key";
import { type Answer, useFindKey } from "./use-find-key";
import { verdictOn } from "./verdict";

const FIELD = "key-to-find";

/** `/dashboard/find-key`: tells which key this is. Only the key's digest leaves the browser. */
export default function FindKeyPage(): ReactNode {
  useTitle("Which key is this?");
  const field = useRef<KeyFieldHandle>(null);
  const [question, setQuestion] = useState<Question>();
  const { answer, busy, ask, forget } = useFindKey();
  const mistake = question && mistakeIn(question);
  const find = async () => {
    if (busy || !field.current) return;
    forget();
    const question = await questionAbout(field.current.take());
    if (question.kind === "digest") {
      setQuestion(undefined);
      ask(question.digest);
      return;
    }
    setQuestion(question);
    field.current?.focus();
  };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="If you have found an API key somewhere, look up which of your company's keys it is. Asking doesn't spread the key: your browser sends only its digest."
      >
        Which key is this?
      </Header>
      <Container>
        <SpaceBetween size="m">
          <Field
            controlId={FIELD}
            label="API key"
            description="Paste the key. The text around it may be there too: the first key in it counts. The field is emptied as soon as you ask."
            errorText={mistake}
            stretch
          >
            <KeyField ref={field} id={FIELD} invalid={Boolean(mistake)} onEnter={() => void find()} />
          </Field>
          <Button
            variant="primary"
            loading={busy}
            loadingText="Looking for the key"
            onClick={() => void find()}
          >
            Find key
          </Button>
        </SpaceBetween>
      </Container>
      <Answered question={question} answer={answer} />
    </SpaceBetween>
  );
}

/** What came of the question. */
function Answered(props: { question: Question | undefined; answer: Answer | undefined }): ReactNode {
  const { question, answer } = props;
  const viewer = useViewer();
  return (
    <SpaceBetween size="l">
      <div>
        <div role="status">
          {question?.kind === "mask" && <MaskAlert mask={question.mask} />}
          {question?.kind === "insecure" && (
            <Alert type="error" header="Your browser can't compute the digest of a key here">
              Browsers do this only on pages that are opened with <code>https://</code>.
            </Alert>
          )}
          {answer?.kind === "unknown" && (
            <Alert type="info" header="Your company has no such key">
              This is a well-formed API key, but not one of your company&apos;s keys.
            </Alert>
          )}
          {answer?.kind === "found" && <VerdictAlert {...answer} />}
        </div>
        {answer?.kind === "problem" && (
          <ProblemAlert title="The key can't be looked up" problem={answer.problem} onRetry={answer.retry} />
        )}
      </div>
      {answer?.kind === "unknown" && (
        <Container header={<Header variant="h2">Another company&apos;s key</Header>}>
          <UnknownKey />
        </Container>
      )}
      {answer?.kind === "found" && viewer.kind === "administrator" && (
        <FoundKey me={viewer.me} found={answer.found} />
      )}
    </SpaceBetween>
  );
}

function VerdictAlert({ found }: Extract<Answer, { kind: "found" }>): ReactNode {
  const { type, header, text } = verdictOn(found, new Date());
  return (
    <Alert type={type} header={header}>
      {text}
    </Alert>
  );
}

function MaskAlert({ mask }: { mask: string }): ReactNode {
  const list = `/dashboard/api-keys?${new URLSearchParams({ state: "all", search: mask }).toString()}`;
  return (
    <Alert type="info" header="This is a mask, not an API key">
      <PlaceLink to={list}>Show the keys with the mask {mask}</PlaceLink>
    </Alert>
  );
}
