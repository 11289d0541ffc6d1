import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import Select from "@cloudscape-design/components/select";
import { type ReactNode, useState } from "react";
import type { AuditAction } from "../api/client";
import { DayPicker } from "../common/day-picker";
import { plural } from "../common/plural";
import { ACTION_NAMES, ACTIONS } from "./actions";
import { type ActivityFilter, MOST_ACTIONS, RANGES } from "./filter";

const RANGE_OPTIONS = [
  ...RANGES.map(({ id, label }) => ({ value: id, label: label })),
  { value: "days", label: "Between two days" },
];

/** What of the log is shown. */
export function ActivityFilters(props: {
  filter: ActivityFilter;
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
  const picker = (label: string, name: "first" | "last") => (
    <DayPicker
      value={filter[name]}
      placeholder={`${name === "first" ? "From" : "To"} YYYY/MM/DD`}
      ariaLabel={label}
      openCalendarAriaLabel={() => `Choose the ${label.toLowerCase()}`}
      onChange={({ detail }) => change({ [name]: detail.value })}
    />
  );
  return (
    <div className="filters">
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
          {picker("First day", "first")}
          {picker("Last day", "last")}
        </>
      )}
      <Multiselect
        ariaLabel="What"
        placeholder={filter.actions.length > 0 ? plural(filter.actions.length, "action") : "Any action"}
        options={options}
        selectedOptions={options.filter(({ value }) => filter.actions.includes(value))}
        hideTokens
        onChange={({ detail }) =>
          change({ actions: detail.selectedOptions.map(({ value }) => value as AuditAction) })
        }
      />
      <PartyFilter value={filter.involving} onChange={(involving) => change({ involving })} />
    </div>
  );
}

/** Searches when the reader is done: half an address is nobody's. */
function PartyFilter({ value, onChange }: { value: string; onChange: (value: string) => void }): ReactNode {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    // Changed from elsewhere, or by this field itself.
    setKnown(value);
    setText(value);
  }
  const search = (text: string) => {
    if (text.trim() !== value) onChange(text.trim());
  };
  return (
    <Input
      type="search"
      ariaLabel="By or to whom: email address, account ID, or a key's name, ID or characters"
      placeholder="Person or API key"
      value={text}
      autoComplete={false}
      spellcheck={false}
      onChange={({ detail }) => {
        setText(detail.value);
        if (detail.value === "") search("");
      }}
      onKeyDown={({ detail }) => detail.key === "Enter" && search(text)}
      onBlur={() => search(text)}
    />
  );
}
