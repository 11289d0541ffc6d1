import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Spinner from "@cloudscape-design/components/spinner";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { WhatHappened } from "../activity/what-happened";
import { type ApiKey, data } from "../api/client";
import { asProblem } from "../api/problem";
import { useApi } from "../api/use-api";
import { ActivityLink } from "../common/activity-link";
import { fillPage } from "../common/cursor-pages";
import { isolated } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { Time } from "../common/time";
import { UndoLink } from "../undo/undo-link";

/** The number of events that are shown, and the number of days in which they are looked for. */
const SHOWN = 10;
const DAYS = 90;

/** The latest events of a key. */
export function KeyEvents({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const { keyId, name, mask } = apiKey;
  const api = useApi();
  const {
    data: events,
    error,
    refetch,
  } = useQuery({
    // Below the key's own name, so that they are read again whenever the key may have changed.
    queryKey: ["api-keys", "one", keyId, "events"],
    staleTime: 0,
    queryFn: () =>
      fillPage(SHOWN, undefined, async (nextToken) => {
        const since = new Date(Date.now() - DAYS * 24 * 60 * 60 * 1000).toISOString();
        const first = { "filter[involving]": keyId, "filter[date][since]": since, maxResults: SHOWN };
        const query = nextToken ? { nextToken } : first;
        const log = await data(api.GET("/admin/v1/audit-log", { params: { query } }));
        return { items: log.data, nextToken: log.nextToken };
      }),
  });
  const shown = events?.items.slice(0, SHOWN) ?? [];
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`The latest events of the last ${DAYS} days.`}
          actions={<ActivityLink involving={keyId} label={`Activity of ${isolated(name)}, ${mask}`} />}
        >
          Events
        </Header>
      }
    >
      {error && (
        <ProblemAlert
          title="The events can't be shown"
          problem={asProblem(error)}
          onRetry={() => void refetch()}
        />
      )}
      {!error && !events && <Spinner />}
      {events && shown.length === 0 && <Box color="text-body-secondary">There are none.</Box>}
      <ul className="events">
        {shown.map((event) => (
          <li key={event.id}>
            <Box color="text-body-secondary">
              <Time value={event.date} />
            </Box>
            <div>
              <WhatHappened event={event} />{" "}
              {event.action === "SUSPEND_ACCOUNT" && <UndoLink event={event} />}
            </div>
          </li>
        ))}
      </ul>
    </Container>
  );
}
