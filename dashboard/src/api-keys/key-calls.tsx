import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { UsingKey } from "./using-key";

/** How to call the API with a key. */
export function KeyCalls({ apiKey }: { apiKey: ApiKey }): ReactNode {
  return (
    <Container header={<Header variant="h2">How to use the key</Header>}>
      <UsingKey scopes={apiKey.scopes} isKeyAbove={false} />
    </Container>
  );
}
