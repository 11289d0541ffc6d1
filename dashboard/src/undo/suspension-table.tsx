import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ReactNode, useState } from "react";
import type { KeySuspension } from "../api/client";
import { type Column, List } from "../common/list";
import { isolated, Outside, Sentence } from "../common/outside";
import { plural } from "../common/plural";
import { Time } from "../common/time";
import { alsoBy, effectOf, isUndoable } from "./suspensions";

/** The number of accounts on a page. */
const PAGE_SIZE = 50;

/** The accounts that a key suspended and that still exist, with what an undo would do. */
export function SuspensionTable(props: {
  suspensions: readonly KeySuspension[];
  undoable: readonly KeySuspension[];
  chosen: readonly KeySuspension[];
  isLoading: boolean;
  /** Whether other members are being changed. */
  isBusy: boolean;
  onChoose: (chosen: readonly KeySuspension[]) => void;
  onRefresh: () => void;
  /** Undefined if the company may not undo. */
  onUndo: (() => void) | undefined;
}): ReactNode {
  const { suspensions, undoable, chosen, isBusy, onChoose, onUndo } = props;
  const [page, setPage] = useState(1);
  const count = Math.max(1, Math.ceil(suspensions.length / PAGE_SIZE));
  const index = Math.min(page, count);
  const isEverything = chosen.length === undoable.length;
  return (
    <List<KeySuspension>
      isPart
      label="Accounts that the key suspended"
      items={suspensions.slice((index - 1) * PAGE_SIZE, index * PAGE_SIZE)}
      trackBy={({ accountId }) => accountId}
      columns={COLUMNS}
      loadingText="Loading"
      problem={undefined}
      problemTitle=""
      onRetry={props.onRefresh}
      header={
        <Header
          variant="h2"
          counter={`(${suspensions.length.toLocaleString("en")})`}
          description={`${plural(chosen.length, "account")} of ${undoable.length.toLocaleString("en")} that can be undone ${chosen.length === 1 ? "is" : "are"} chosen.`}
          actions={
            <SpaceBetween size="xs" direction="horizontal">
              <Button
                iconName="refresh"
                ariaLabel="Refresh"
                loading={props.isLoading}
                onClick={props.onRefresh}
              />
              {undoable.length > 0 && (
                <Button onClick={() => onChoose(isEverything ? [] : undoable)}>
                  {isEverything ? "Choose none" : "Choose all"}
                </Button>
              )}
              {onUndo && (
                <Button variant="primary" disabled={chosen.length === 0 || isBusy} onClick={onUndo}>
                  {chosen.length === 0 ? "Undo" : `Undo ${plural(chosen.length, "suspension")}`}
                </Button>
              )}
            </SpaceBetween>
          }
        >
          Suspended accounts
        </Header>
      }
      filter={null}
      empty={<Box textAlign="center">The key suspended no account that still exists.</Box>}
      pagination={
        count > 1 && (
          <Pagination
            currentPageIndex={index}
            pagesCount={count}
            onChange={({ detail }) => setPage(detail.currentPageIndex)}
          />
        )
      }
      {...(onUndo && {
        selection: {
          selected: chosen,
          onSelect: onChoose,
          itemLabel: ({ email }) => isolated(email),
          isDisabled: (suspension) => !isUndoable(suspension),
        },
      })}
    />
  );
}

const COLUMNS: Column<KeySuspension>[] = [
  {
    id: "person",
    header: "Person",
    isRowHeader: true,
    minWidth: 200,
    cell: ({ email, name }) => (
      <>
        <Outside>{name ?? email}</Outside>
        {name && name !== email && (
          <Box variant="small" display="block">
            <Outside>{email}</Outside>
          </Box>
        )}
      </>
    ),
  },
  { id: "at", header: "Suspended by the key", minWidth: 130, cell: ({ at }) => <Time value={at} /> },
  {
    id: "state",
    header: "Now",
    minWidth: 150,
    cell: ({ state }) =>
      state === "suspended" ? (
        <StatusIndicator type="stopped" wrapText={false}>
          Suspended
        </StatusIndicator>
      ) : (
        <StatusIndicator type="success" wrapText={false}>
          Active
        </StatusIndicator>
      ),
  },
  { id: "undo", header: "What the undo does", minWidth: 160, cell: effectOf },
  {
    id: "also",
    header: "Also suspended by",
    minWidth: 150,
    leaves: 1,
    cell: (suspension) => <AlsoBy suspension={suspension} />,
  },
];

function AlsoBy({ suspension }: { suspension: KeySuspension }): ReactNode {
  const others = alsoBy(suspension);
  if (others.length === 0) return "–";
  return others.map((words, i) => (
    <div key={i}>
      <Sentence>{words}</Sentence>
    </div>
  ));
}
