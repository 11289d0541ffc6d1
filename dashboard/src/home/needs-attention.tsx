import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";
import { part } from "../common/part";
import { useLastHeight } from "./attention-height";

/** What finds the keys loads after the page, so that the page appears without it. */
const AttentionRows = part<{ looking: ReactNode }>(() => import("./attention-rows"), {
  loading: ({ looking }) => looking,
  missing: (retry) => (
    <div role="alert">
      <SpaceBetween size="xs">
        <div>This part of the page can't be loaded. Check your connection.</div>
        <Button onClick={retry}>Try again</Button>
      </SpaceBetween>
    </div>
  ),
});

/** The keys that need an administrator's attention. */
export function NeedsAttention(): ReactNode {
  return (
    <Container header={<Header variant="h2">Needs attention</Header>}>
      <div className="attention">
        <AttentionRows looking={<Looking />} />
      </div>
    </Container>
  );
}

/** Takes the room of what comes. */
function Looking(): ReactNode {
  return (
    <div style={{ minBlockSize: useLastHeight() }}>
      <Box color="text-body-secondary">
        <Spinner /> <span role="status">Looking at your keys…</span>
      </Box>
    </div>
  );
}
