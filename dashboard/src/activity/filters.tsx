import Multiselect from "@cloudscape-design/components/multiselect";
import Select from "@cloudscape-design/components/select";
import { type ReactNode, useRef } from "react";
import type { AuditAction } from "../api/client";
import { dayInWords, startOfDay } from "../common/day";
import { DayPicker, writeDayAs } from "../common/day-picker";
import { Field } from "../common/field";
import { plural } from "../common/plural";
import { useEdited } from "../common/use-edited";
import { ACTION_NAMES, ACTIONS } from "./actions";
import { type ActivityFilter, type DayField, type Mistake, mistakesIn, MOST_ACTIONS, RANGES } from "./filter";
import { PartyFilter } from "./party-filter";

const RANGE_OPTIONS = [
  ...RANGES.map(({ id, label }) => ({ value: id, label: label })),
  { value: "days", label: "Between two days" },
];

/** The fields that choose which events are shown. */
export function ActivityFilters(props: {
  filter: ActivityFilter;
  /** What is wrong with the filter's days. */
  mistakes: readonly Mistake[];
  onFilter: (filter: ActivityFilter) => void;
}): ReactNode {
  const { filter } = props;
  const change = (part: Partial<ActivityFilter>) => props.onFilter({ ...filter, ...part });
  const full = filter.actions.length >= MOST_ACTIONS;
  const options = ACTIONS.map((action) => ({
    value: action,
    label: ACTION_NAMES[action],
    disabled: full && !filter.actions.includes(action),
  }));
  const form = useRef<HTMLDivElement>(null);
  const days = {
    filter,
    mistakes: props.mistakes,
    onChange: change,
    onEnter: (days: Pick<ActivityFilter, DayField>) => {
      const mistaken = mistakesIn({ ...filter, ...days })[0]?.field;
      form.current?.querySelector<HTMLElement>(`[data-day=${mistaken}] input`)?.focus();
    },
  };
  return (
    <div className="filters" ref={form}>
      <Select
        ariaLabel="When"
        options={RANGE_OPTIONS}
        selectedOption={RANGE_OPTIONS.find(({ value }) => value === filter.range) ?? null}
        onChange={({ detail }) =>
          change({ range: detail.selectedOption.value as ActivityFilter["range"], first: "", last: "" })
        }
      />
      {filter.range === "days" && (
        <>
          <Day label="First day" field="first" {...days} />
          <Day label="Last day" field="last" {...days} />
        </>
      )}
      <Multiselect
        ariaLabel="What"
        placeholder={filter.actions.length > 0 ? plural(filter.actions.length, "action") : "Any action"}
        options={options}
        selectedOptions={options.filter(({ value }) => filter.actions.includes(value))}
        hideTokens
        filteringType="auto"
        filteringAriaLabel="Find an action"
        filteringPlaceholder="Find an action"
        empty="No such action"
        noMatch="No such action"
        onChange={({ detail }) =>
          change({ actions: detail.selectedOptions.map(({ value }) => value as AuditAction) })
        }
      />
      <PartyFilter value={filter.involving} onChange={(involving) => change({ involving })} />
    </div>
  );
}

const MISTAKES: Record<Mistake["kind"], () => string> = {
  unreadable: writeDayAs,
  reversed: () => "The last day must not be before the first.",
};

/** One of the two days. It filters when the reader has finished typing, because half a date can be another day. */
function Day(props: {
  label: string;
  field: DayField;
  filter: ActivityFilter;
  mistakes: readonly Mistake[];
  onChange: (part: Partial<ActivityFilter>) => void;
  /** Enter was pressed, and these are the days now. */
  onEnter: (days: Pick<ActivityFilter, DayField>) => void;
}): ReactNode {
  const { label, field, filter, onChange } = props;
  const value = filter[field];
  const [text, setText] = useEdited(value);
  const mistake = props.mistakes.find((mistake) => mistake.field === field);
  return (
    <div data-day={field}>
      <Field
        constraintText={startOfDay(value) && dayInWords(value, navigator.language)}
        errorText={mistake && MISTAKES[mistake.kind]()}
      >
        <DayPicker
          value={text}
          label={label}
          choose={`Choose the ${label.toLowerCase()}`}
          onChange={setText}
          onDone={(text) => {
            if (text !== value) onChange({ [field]: text });
          }}
          onEnter={() => props.onEnter({ first: filter.first, last: filter.last, [field]: text })}
        />
      </Field>
    </div>
  );
}
