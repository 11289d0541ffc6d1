import Box from "@cloudscape-design/components/box";
import Cards from "@cloudscape-design/components/cards";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Select from "@cloudscape-design/components/select";
import Table, { type TableProps } from "@cloudscape-design/components/table";
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
  /** Whether the list can be sorted by it. */
  isSortable?: boolean;
}

/** The column by which a list is sorted. */
export interface ListSorting {
  by: string;
  isDescending: boolean;
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
  /** How the items are sorted, if that can be changed. */
  sorting?: (ListSorting & { onSort: (sorting: ListSorting) => void }) | undefined;
  /** The selected items, if items can be selected. */
  selection?: {
    selected: readonly T[];
    onSelect: (items: T[]) => void;
    itemLabel: (item: T) => string;
    /** Whether an item can't be selected. */
    isDisabled?: (item: T) => boolean;
  };
  /** Whether the page has more than this list. */
  isPart?: boolean;
}): ReactNode {
  const { columns, selection, items, problem, sorting } = props;
  const variant = props.isPart ? "container" : "full-page";
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
      ...(selection.isDisabled && { isItemDisabled: selection.isDisabled }),
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
            filter={
              sorting ? (
                <SpaceBetween size="xs">
                  {props.filter}
                  <SortSelect columns={columns} sorting={sorting} onSort={sorting.onSort} />
                </SpaceBetween>
              ) : (
                props.filter
              )
            }
            variant={variant}
            ariaLabels={{ cardsLabel: props.label, selectionGroupLabel: props.label, itemSelectionLabel }}
            cardDefinition={{
              header: columns[0]?.cell,
              sections: columns.slice(1).map(({ id, header, cell }) => ({ id, header, content: cell })),
            }}
          />
        ) : (
          <Table
            {...common}
            variant={variant}
            stickyHeader={!props.isPart}
            wrapLines
            // The actions of a row stay visible, however many columns there are.
            stickyColumns={{ last: 1 }}
            columnDefinitions={withRest(columns, width).map((column) => sortable(column, sorting))}
            {...(sorting && {
              sortingColumn: { sortingField: sorting.by },
              sortingDescending: sorting.isDescending,
              onSortingChange: ({ detail }: SortingChange<T>) =>
                sorting.onSort({
                  by: detail.sortingColumn.sortingField ?? "",
                  isDescending: detail.isDescending === true,
                }),
            })}
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

interface SortingChange<T> {
  detail: TableProps.SortingState<T>;
}

/** A column with which the list can be sorted, if it can. */
function sortable<T>(column: Column<T>, sorting: ListSorting | undefined): TableProps.ColumnDefinition<T> {
  if (!sorting || !column.isSortable) return column;
  const { header, id } = column;
  return {
    ...column,
    sortingField: id,
    ariaLabel: ({ sorted, descending }) =>
      `${header}, ${sorted ? (descending ? "sorted descending" : "sorted ascending") : "not sorted"}`,
  };
}

/** Cards have no column headers to click. */
function SortSelect<T>(props: {
  columns: readonly Column<T>[];
  sorting: ListSorting;
  onSort: (sorting: ListSorting) => void;
}): ReactNode {
  const { columns, sorting, onSort } = props;
  const choices = columns
    .filter(({ isSortable }) => isSortable)
    .flatMap(({ id, header }) => [
      { by: id, isDescending: false, value: id, label: `Sort by: ${header}` },
      { by: id, isDescending: true, value: `${id} descending`, label: `Sort by: ${header}, descending` },
    ]);
  const isChosen = ({ by, isDescending }: ListSorting) =>
    by === sorting.by && isDescending === sorting.isDescending;
  return (
    <Select
      ariaLabel="Sort by"
      options={choices}
      selectedOption={choices.find(isChosen) ?? null}
      onChange={({ detail }) => {
        const chosen = choices.find(({ value }) => value === detail.selectedOption.value);
        if (chosen) onSort({ by: chosen.by, isDescending: chosen.isDescending });
      }}
    />
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
