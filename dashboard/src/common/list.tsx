import Box from "@cloudscape-design/components/box";
import Cards from "@cloudscape-design/components/cards";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import type { Problem } from "../api/problem";
import { useNarrow } from "./media";
import { ProblemAlert } from "./problem-alert";

/** A column of a table, or a section of a card. */
export interface Column<T> {
  id: string;
  header: string;
  cell: (item: T) => ReactNode;
  minWidth?: number;
  isRowHeader?: boolean;
}

/** A page's list: a table, or cards where the window is too narrow for one. */
export function List<T>(props: {
  /** What is listed, for who hears it. */
  label: string;
  /** Undefined until they were read: only a list that was read can be empty. */
  items: readonly T[] | undefined;
  trackBy: (item: T) => string;
  columns: readonly Column<T>[];
  loadingText: string;
  /** Why the list, or a newer version of it, could not be read. */
  problem: Problem | undefined;
  /** The heading of that problem: "The members can't be shown". */
  problemTitle: string;
  onRetry: () => void;
  header: ReactNode;
  filter: ReactNode;
  pagination?: ReactNode;
  empty: ReactNode;
  /** Which items are chosen, where some can be. */
  selection?: {
    selected: readonly T[];
    onSelect: (items: T[]) => void;
    itemLabel: (item: T) => string;
  };
}): ReactNode {
  const { columns, selection, items, problem } = props;
  const narrow = useNarrow();
  const alert = problem && (
    <ProblemAlert
      title={items ? "This list may be out of date" : props.problemTitle}
      problem={problem}
      onRetry={props.onRetry}
    />
  );
  const common = {
    items: items ?? [],
    trackBy: props.trackBy,
    loading: !items && !problem,
    loadingText: props.loadingText,
    header: props.header,
    filter: props.filter,
    pagination: props.pagination,
    empty: items ? props.empty : <Box textAlign="left">{alert}</Box>,
    ...(selection && {
      selectionType: "multi" as const,
      selectedItems: [...selection.selected],
      onSelectionChange: ({ detail }: { detail: { selectedItems: T[] } }) =>
        selection.onSelect(detail.selectedItems),
    }),
  };
  const itemSelectionLabel = (_: unknown, item: T) => selection?.itemLabel(item) ?? "";
  return (
    <SpaceBetween size="m">
      {items && alert}
      {narrow ? (
        <Cards
          {...common}
          variant="full-page"
          ariaLabels={{ cardsLabel: props.label, selectionGroupLabel: props.label, itemSelectionLabel }}
          cardDefinition={{
            header: columns[0]?.cell,
            sections: columns.slice(1).map(({ id, header, cell }) => ({ id, header, content: cell })),
          }}
        />
      ) : (
        <Table
          {...common}
          variant="full-page"
          stickyHeader
          wrapLines
          // What can be done with a row stays in sight, however many columns there are.
          stickyColumns={{ last: 1 }}
          columnDefinitions={columns}
          ariaLabels={{
            tableLabel: props.label,
            selectionGroupLabel: props.label,
            allItemsSelectionLabel: () => "All on this page",
            itemSelectionLabel,
          }}
        />
      )}
    </SpaceBetween>
  );
}
