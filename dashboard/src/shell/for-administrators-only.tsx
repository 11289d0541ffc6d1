import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import { useTitle } from "./title";

/** For a person who is signed in but not a Company Administrator. */
export function ForAdministratorsOnly(): ReactNode {
  const navigate = useNavigate();
  useTitle("For Company Administrators");
  return (
    <main className="page">
      <ContentLayout header={<Header variant="h1">Company Dashboard</Header>}>
        <Alert
          type="info"
          header="Only Company Administrators can use the Company Dashboard"
          action={<Button onClick={() => navigate("/")}>Go home</Button>}
        >
          Your account is not a Company Administrator. Ask one of your Company Administrators for what you
          need. The operators of this service can give you the role.
        </Alert>
      </ContentLayout>
    </main>
  );
}
