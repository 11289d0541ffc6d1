import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { useViewer } from "../api/use-api";
import { Outside } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { Waiting } from "../common/waiting";
import { useTitle } from "../shell/title";
import { MailForm } from "./form";
import { useMailChoices } from "./use-mail-choices";

/** `/dashboard/notifications`: which mails the administrator gets. */
export default function NotificationsPage(): ReactNode {
  useTitle("Notifications");
  const viewer = useViewer();
  const { choices, problem, loading, refresh, save } = useMailChoices();
  /** Each edition of the form begins with the choices that are saved, or with what was changed before a reload. */
  const [edition, setEdition] = useState(0);
  if (viewer.kind !== "administrator") return null;
  if (!choices && !problem) return <Waiting>Loading your notifications</Waiting>;
  const { email } = viewer.me.account;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={
          <>
            The mails that you get about your company's API keys. They go to <Outside>{email}</Outside>, the
            address of your account. If a directory manages your account, change the address there.
          </>
        }
        actions={<Button iconName="refresh" ariaLabel="Refresh" loading={loading} onClick={refresh} />}
      >
        Notifications
      </Header>
      {choices?.mail.sent === false && (
        <Alert type="warning" header="This service sends no mail">
          Its operators have not set an address to send from, so you get none of these mails. Your choices are
          kept, and apply when the service sends mail.
        </Alert>
      )}
      {problem && (
        <ProblemAlert
          title={choices ? "This page may be out of date" : "Your notifications can't be shown"}
          problem={problem}
          onRetry={refresh}
        />
      )}
      {choices && (
        <MailForm
          key={edition}
          choices={choices}
          save={save}
          onDone={() => setEdition((edition) => edition + 1)}
        />
      )}
    </SpaceBetween>
  );
}
