import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import Pagination from "@cloudscape-design/components/pagination";
import { type ReactNode, useState } from "react";
import { Outside } from "../common/outside";
import { outcomeOf, summaryOf } from "./outcome";
import { type Row, counts } from "./run";
import type { MemberRun } from "./run-store";

/** The number of rows on a page of the results. */
const PAGE_SIZE = 25;

/** The progress of a run, and the outcome for each account. */
export function RunProgress({ state }: { state: MemberRun }): ReactNode {
  const { rows, status, undo } = state;
  const [page, setPage] = useState(1);
  const counted = counts(rows);
  const done = rows.length - counted.open;
  // The accounts that need attention are first.
  const sorted = [...rows].sort((a, b) => rank(a) - rank(b));
  const summary = summaryOf(state);
  return (
    <SpaceBetween size="m">
      <ProgressBar
        label={`${done} of ${rows.length} done`}
        value={rows.length === 0 ? 100 : (100 * done) / rows.length}
        status={
          status === "running" ? "in-progress" : counted.open > 0 || counted.refused > 0 ? "error" : "success"
        }
        resultText={summary}
        additionalInfo={status === "running" ? summary : undefined}
      />
      <Table
        variant="embedded"
        wrapLines
        items={sorted.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)}
        trackBy="name"
        ariaLabels={{ tableLabel: "Results" }}
        columnDefinitions={[
          {
            id: "account",
            header: "Account",
            cell: ({ name, label }) => <Outside>{label ?? name}</Outside>,
            isRowHeader: true,
            minWidth: 100,
          },
          {
            id: "outcome",
            header: "Result",
            cell: (row) => <Outcome row={row} isUndo={undo !== undefined} />,
            minWidth: 140,
          },
        ]}
        pagination={
          rows.length > PAGE_SIZE && (
            <Pagination
              currentPageIndex={page}
              pagesCount={Math.ceil(rows.length / PAGE_SIZE)}
              onChange={({ detail }) => setPage(detail.currentPageIndex)}
            />
          )
        }
      />
    </SpaceBetween>
  );
}

function rank({ state }: Row): number {
  return ["refused", "open", "changed", "unchanged"].indexOf(state.kind);
}

function Outcome({ row: { state }, isUndo }: { row: Row; isUndo: boolean }): ReactNode {
  switch (state.kind) {
    case "open":
      return <StatusIndicator type="pending">Not done yet</StatusIndicator>;
    case "refused":
      return (
        <StatusIndicator type="error">
          <Outside>{state.reason}</Outside>
        </StatusIndicator>
      );
    default:
      return (
        <StatusIndicator type={state.kind === "changed" ? "success" : "info"}>
          <span className="words">{outcomeOf(state, isUndo)}</span>
        </StatusIndicator>
      );
  }
}
