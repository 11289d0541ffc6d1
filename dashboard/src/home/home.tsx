import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import type { Me } from "../api/client";
import { useViewer } from "../api/use-api";
import { Outside } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { useSession } from "../session/use-session";
import { useTitle } from "../shell/title";
import { NeedsAttention } from "./needs-attention";

/** `/`: the home page of every person who signs in. */
export function Home(): ReactNode {
  const viewer = useViewer();
  const [, state] = useSession();
  useTitle("Home");
  const name = viewer.kind === "administrator" ? viewer.me.account.name : "";
  return (
    <main className="page">
      <ContentLayout
        header={
          <Header variant="h1">
            Hello
            {name && (
              <>
                , <Outside>{name}</Outside>
              </>
            )}
          </Header>
        }
      >
        {viewer.kind === "loading" && (
          <Box>
            <Spinner /> <span role="status">Looking up your account…</span>
          </Box>
        )}
        {viewer.kind === "failed" && <ProblemAlert problem={viewer.problem} onRetry={viewer.retry} />}
        {viewer.kind === "member" && <ForMembers email={state.status === "signed-in" ? state.email : ""} />}
        {viewer.kind === "administrator" && <ForAdministrators me={viewer.me} />}
      </ContentLayout>
    </main>
  );
}

function ForMembers({ email }: { email: string }): ReactNode {
  return (
    <Container header={<Header variant="h2">You are signed in</Header>}>
      <SpaceBetween size="s">
        <Box>
          You are signed in as <Outside>{email}</Outside>, a member of your company.
        </Box>
        <Box color="text-body-secondary">
          Your company's Company Administrators manage API keys and members. Ask one of them if you need an
          API key or this role.
        </Box>
      </SpaceBetween>
    </Container>
  );
}

function ForAdministrators({ me }: { me: Me }): ReactNode {
  const navigate = useNavigate();
  const card = (title: string, text: string, action: string, place: string) => (
    <Container
      fitHeight
      header={<Header variant="h2">{title}</Header>}
      footer={<Button onClick={() => navigate(place)}>{action}</Button>}
    >
      {text}
    </Container>
  );
  return (
    <SpaceBetween size="l">
      {me.company.plan !== "enterprise" && (
        <Alert
          type="info"
          header={
            <>
              <Outside>{me.company.name}</Outside> is not on the Enterprise plan
            </>
          }
        >
          API keys and the management of members are part of the Enterprise plan.
        </Alert>
      )}
      <Box color="text-body-secondary">
        You are a Company Administrator of <Outside>{me.company.name}</Outside>.
      </Box>
      {me.company.plan === "enterprise" && <NeedsAttention />}
      <ColumnLayout columns={3} minColumnWidth={240}>
        {card(
          "API Keys",
          "Keys that your company's own scripts, identity providers and log collectors use to call our APIs.",
          "Manage API keys",
          "/dashboard/api-keys",
        )}
        {card(
          "Members",
          "The people in your company, and who can sign in.",
          "Manage members",
          "/dashboard/members",
        )}
        {card(
          "Activity",
          "Who did what, when, and from which address.",
          "See activity",
          "/dashboard/activity",
        )}
      </ColumnLayout>
    </SpaceBetween>
  );
}
