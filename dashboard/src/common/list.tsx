import Cards from "@cloudscape-design/components/cards";
import Table from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import { useNarrow } from "./media";

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
  items: readonly T[] | undefined;
  trackBy: (item: T) => string;
  columns: readonly Column<T>[];
  loading: boolean;
  loadingText: string;
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
  const { columns, selection } = props;
  const narrow = useNarrow();
  const common = {
    items: props.items ?? [],
    trackBy: props.trackBy,
    loading: !props.items && props.loading,
    loadingText: props.loadingText,
    header: props.header,
    filter: props.filter,
    pagination: props.pagination,
    empty: props.empty,
    ...(selection && {
      selectionType: "multi" as const,
      selectedItems: [...selection.selected],
      onSelectionChange: ({ detail }: { detail: { selectedItems: T[] } }) =>
        selection.onSelect(detail.selectedItems),
    }),
  };
  const itemSelectionLabel = (_: unknown, item: T) => selection?.itemLabel(item) ?? "";
  if (narrow) {
    return (
      <Cards
        {...common}
        variant="full-page"
        ariaLabels={{ cardsLabel: props.label, selectionGroupLabel: props.label, itemSelectionLabel }}
        cardDefinition={{
          header: columns[0]?.cell,
          sections: columns.slice(1).map(({ id, header, cell }) => ({ id, header, content: cell })),
        }}
      />
    );
  }
  return (
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
  );
}
