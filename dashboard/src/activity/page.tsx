import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { useSearchParams } from "react-router";
import type { AuditEvent } from "../api/client";
import { type Column, List } from "../common/list";
import { Outside, outside, Sentence, type Words } from "../common/outside";
import { Time } from "../common/time";
import { useTitle } from "../shell/title";
import { party } from "./actions";
import { DownloadProgress } from "./download-state";
import { ANY, type ActivityFilter, filterFrom, mistakesIn, queryOf, span } from "./filter";
import { ActivityFilters } from "./filters";
import { type Activity, useActivity } from "./use-activity";
import { type Format, useDownload } from "./use-download";
import { WhatHappened } from "./what-happened";

const COLUMNS: Column<AuditEvent>[] = [
  { id: "date", header: "When", cell: ({ date }) => <Time value={date} />, minWidth: 130 },
  {
    id: "what",
    header: "What happened",
    cell: (event) => <WhatHappened event={event} />,
    minWidth: 260,
    isRowHeader: true,
  },
  { id: "ip", header: "From", cell: ({ ip }) => (ip ? <Outside>{ip}</Outside> : "–"), minWidth: 110 },
];

/** `/dashboard/activity`: who did what, newest first. */
export default function ActivityPage(): ReactNode {
  useTitle("Activity");
  const [query, setQuery] = useSearchParams();
  const filter = filterFrom(query);
  const setFilter = (filter: ActivityFilter) => setQuery(queryOf(filter), { replace: true });
  const activity = useActivity(filter);
  const download = useDownload();
  const mistakes = mistakesIn(filter);
  const waiting = !span(filter, new Date());
  const events = activity.events ?? [];
  return (
    <SpaceBetween size="m">
      <List
        label="Activity"
        items={activity.events}
        trackBy={({ id }) => id}
        columns={COLUMNS}
        loadingText="Loading activity"
        problem={activity.problem}
        problemTitle="Activity can't be shown"
        onRetry={activity.refresh}
        header={
          <ActivityHeader activity={activity} onDownload={(format) => download.start(filter, format)} />
        }
        filter={
          <SpaceBetween size="xs">
            <ActivityFilters filter={filter} mistakes={mistakes} onFilter={setFilter} />
            <DownloadProgress download={download} />
            {filter.involving && (
              <Alert
                type="info"
                action={
                  <Button onClick={() => setFilter({ ...filter, involving: "" })}>Show all activity</Button>
                }
              >
                You see only what was done by or to <Sentence>{whom(filter.involving, events)}</Sentence>.
              </Alert>
            )}
          </SpaceBetween>
        }
        empty={
          waiting ? (
            mistakes.length === 0 && <Box textAlign="center">Choose the first and the last day.</Box>
          ) : (
            <NothingFound
              activity={activity}
              involving={filter.involving}
              filtered={Object.keys(queryOf(filter)).length > 0}
              onReset={() => setFilter(ANY)}
            />
          )
        }
      />
      {activity.hasMore && events.length > 0 && (
        <Box textAlign="center">
          <Button loading={activity.loadingMore} onClick={activity.loadMore}>
            Load more
          </Button>
        </Box>
      )}
    </SpaceBetween>
  );
}

function ActivityHeader(props: { activity: Activity; onDownload: (format: Format) => void }): ReactNode {
  const { activity } = props;
  const events = activity.events ?? [];
  return (
    <Header
      variant="awsui-h1-sticky"
      counter={events.length > 0 ? `(${events.length}${activity.hasMore ? "+" : ""})` : undefined}
      description="Who did what in the company, when, and from which address."
      actions={
        <SpaceBetween size="xs" direction="horizontal">
          <Button
            iconName="refresh"
            ariaLabel="Refresh"
            loading={activity.loading && Boolean(activity.events)}
            onClick={activity.refresh}
          />
          <ButtonDropdown
            disabled={events.length === 0 && !activity.hasMore}
            items={[
              { id: "csv", text: "CSV, for a spreadsheet" },
              { id: "ndjson", text: "NDJSON, for a program" },
            ]}
            onItemClick={({ detail }) => props.onDownload(detail.id as Format)}
          >
            Download
          </ButtonDropdown>
        </SpaceBetween>
      }
    >
      Activity
    </Header>
  );
}

function NothingFound(props: {
  activity: Activity;
  involving: string;
  filtered: boolean;
  onReset: () => void;
}): ReactNode {
  const { activity } = props;
  return (
    <Box textAlign="center" padding={{ vertical: "l" }}>
      <SpaceBetween size="s" alignItems="center">
        <Box variant="h2">{activity.hasMore ? "Nothing found so far" : "No activity"}</Box>
        {props.involving && (
          <Box color="text-body-secondary">
            To find a person, enter their whole email address or account ID, or choose their name from the
            list. To find an API key, enter its name, ID or mask.
          </Box>
        )}
        {activity.hasMore && (
          <Button loading={activity.loadingMore} onClick={activity.loadMore}>
            Search further back
          </Button>
        )}
        {props.filtered && <Button onClick={props.onReset}>Show the last 7 days</Button>}
      </SpaceBetween>
    </Box>
  );
}

/** The key or account with this ID, by the name that an event has for it. */
function whom(id: string, events: readonly AuditEvent[]): Words {
  const parties = events.flatMap(({ actor, affected }) => [actor, affected]);
  const found = parties.find((party) => party.id === id && (party.email ?? party.mask));
  return found ? party(found) : outside(id);
}
