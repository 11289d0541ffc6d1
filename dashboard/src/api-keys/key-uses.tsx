import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { KeyUses as Uses } from "../api/client";
import { useScopeTitle } from "../api/use-api";
import { dayInWords } from "../common/day";
import { part } from "../common/part";
import { plural } from "../common/plural";
import { kindsIn, lastDays, refusals, SHOWN_DAYS, type UseKind, type UsesOfDay } from "./uses";

/** The chart needs much code. Without it, the table says the same. */
const UsesChart = part(() => import("./uses-chart"), {
  loading: <div className="chart-place" />,
  missing: () => <Box color="text-body-secondary">The chart can't be loaded. The table says the same.</Box>,
});

/** What a key was used for on each day: a chart, and a table. */
export function KeyUses({ uses }: { uses: Uses }): ReactNode {
  const title = useScopeTitle();
  const days = lastDays(uses, new Date());
  const kinds = kindsIn(days, title);
  const refused = refusals(days);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`Requests with the key in the last ${SHOWN_DAYS} days. Days are in UTC.`}
        >
          Uses
        </Header>
      }
    >
      {kinds.length === 0 ? (
        <Box color="text-body-secondary">Nobody has used the key in the last {SHOWN_DAYS} days.</Box>
      ) : (
        <SpaceBetween size="s">
          <UsesChart days={days} kinds={kinds} />
          {refused && <div>Refused requests: {refused}.</div>}
          <ExpandableSection headerText="As a table">
            <UsesTable days={days} kinds={kinds} />
          </ExpandableSection>
        </SpaceBetween>
      )}
      <LastUses uses={uses} />
    </Container>
  );
}

/** The days with uses, newest first. */
function UsesTable({ days, kinds }: { days: readonly UsesOfDay[]; kinds: readonly UseKind[] }): ReactNode {
  const used = days.filter((day) => kinds.some(({ count }) => count(day) > 0)).toReversed();
  return (
    // It can be scrolled sideways with the keyboard.
    <div className="plain-table" role="region" aria-label="Table of requests" tabIndex={0}>
      <table>
        <caption>Requests a day: {plural(used.length, "day")} with requests</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            {kinds.map(({ id, title }) => (
              <th scope="col" key={id}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {used.map((day) => (
            <tr key={day.date}>
              <th scope="row">{dayInWords(day.date, navigator.language)}</th>
              {kinds.map(({ id, count }) => (
                <td key={id}>{count(day).toLocaleString()}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** When a request last needed each scope of the key. */
function LastUses({ uses }: { uses: Uses }): ReactNode {
  const title = useScopeTitle();
  return (
    <ul className="last-uses">
      {uses.scopes.map(({ scope, lastUsedOn }) => (
        <li key={scope}>
          {title(scope)}:{" "}
          {lastUsedOn
            ? `last needed on ${dayInWords(lastUsedOn, navigator.language)}`
            : "not needed in the last 90 days"}
        </li>
      ))}
    </ul>
  );
}
