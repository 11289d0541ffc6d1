import Box from "@cloudscape-design/components/box";
import Cards from "@cloudscape-design/components/cards";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import type { Problem } from "../api/problem";
import { type ColumnWidth, fitting, useWidth } from "./columns";
import { useNarrow } from "./media";
import { ProblemAlert } from "./problem-alert";

/** A column of a table, or a section of a card. */
export interface Column<T> extends ColumnWidth {
  header: string;
  cell: (item: T) => ReactNode;
  /** Whether the column names the row. It also shows the contents of the hidden columns. */
  isRowHeader?: boolean;
}

/** The width of the column with the checkboxes, in pixels. */
const SELECTION_WIDTH = 56;

/** A page's list: a table, or cards if the window is too narrow for a table. */
export function List<T>(props: {
  /** The name of the list, for screen readers. */
  label: string;
  /** Undefined until the list was read. Only a list that was read can be empty. */
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
  /** The selected items, if items can be selected. */
  selection?: {
    selected: readonly T[];
    onSelect: (items: T[]) => void;
    itemLabel: (item: T) => string;
  };
}): ReactNode {
  const { columns, selection, items, problem } = props;
  const [place, outer] = useWidth();
  const width = outer - (selection ? SELECTION_WIDTH : 0);
  const { needed } = fitting(columns, width);
  // Before the first measurement, the width of the window decides.
  const narrow = useNarrow() || (outer > 0 && needed > width);
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
    <div ref={place}>
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
            // The actions of a row stay visible, however many columns there are.
            stickyColumns={{ last: 1 }}
            columnDefinitions={withRest(columns, width)}
            ariaLabels={{
              tableLabel: props.label,
              selectionGroupLabel: props.label,
              allItemsSelectionLabel: () => "All on this page",
              itemSelectionLabel,
            }}
          />
        )}
      </SpaceBetween>
    </div>
  );
}

/** The columns that fit. The contents of the others are shown below the row's name. */
function withRest<T>(columns: readonly Column<T>[], width: number): Column<T>[] {
  const { shown, left } = fitting(columns, width);
  if (left.length === 0) return shown;
  return shown.map((column) => {
    if (!column.isRowHeader) return column;
    const cell = (item: T) => (
      <>
        {column.cell(item)}
        {left.map(({ id, header, cell }) => (
          <div key={id} className="rest">
            <span>{header}:</span> {cell(item)}
          </div>
        ))}
      </>
    );
    return { ...column, cell };
  });
}
