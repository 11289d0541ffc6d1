import Select, { type SelectProps } from "@cloudscape-design/components/select";
import ToggleButton from "@cloudscape-design/components/toggle-button";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { SearchField } from "../common/search-field";
import { EXPIRING_DAYS, UNUSED_DAYS } from "./attention";
import { countOf, type KeyFilter, QUICK_FILTERS, type QuickFilter } from "./finding";

const OWNER_OPTIONS: SelectProps.Option[] = [
  { value: "all", label: "All owners" },
  { value: "me", label: "My keys" },
];
const STATE_OPTIONS: SelectProps.Option[] = [
  { value: "active", label: "Active" },
  { value: "revoked", label: "Revoked" },
  { value: "expired", label: "Expired" },
  { value: "all", label: "Any state" },
];
const QUICK_TEXTS: Record<QuickFilter, string> = {
  expiring: `Expires within ${EXPIRING_DAYS} days`,
  unused: `Not used for ${UNUSED_DAYS} days`,
  rotating: "Being rotated",
  held: "Held",
  "suspension-limit": "Suspension limit reached",
};

/** The fields that choose which keys are shown. */
export function KeyFilters(props: {
  filter: KeyFilter;
  /** All active keys, if they are listed. */
  active: readonly ApiKey[] | undefined;
  onFilter: (filter: KeyFilter) => void;
}): ReactNode {
  const { filter, active, onFilter } = props;
  const change = (part: Partial<KeyFilter>) => onFilter({ ...filter, ...part });
  const now = new Date();
  return (
    <>
      <div className="filters">
        <SearchField
          label="Name, mask or ID of an API key"
          placeholder="Name, mask or ID"
          value={filter.search}
          onChange={(search) => change({ search })}
        />
        <Select
          ariaLabel="Owner"
          options={OWNER_OPTIONS}
          selectedOption={OWNER_OPTIONS.find(({ value }) => value === filter.owner) ?? null}
          onChange={({ detail }) => change({ owner: detail.selectedOption.value as KeyFilter["owner"] })}
        />
        <Select
          ariaLabel="State"
          options={STATE_OPTIONS}
          selectedOption={STATE_OPTIONS.find(({ value }) => value === filter.state) ?? null}
          onChange={({ detail }) =>
            // Only active keys need attention.
            change({ state: detail.selectedOption.value as KeyFilter["state"], quick: [] })
          }
        />
      </div>
      {filter.state === "active" && (
        <div className="quick-filters" role="group" aria-label="Show only">
          {QUICK_FILTERS.map((quick) => (
            <ToggleButton
              key={quick}
              pressed={filter.quick.includes(quick)}
              onChange={({ detail }) =>
                change({
                  quick: QUICK_FILTERS.filter((other) =>
                    other === quick ? detail.pressed : filter.quick.includes(other),
                  ),
                })
              }
            >
              {QUICK_TEXTS[quick]}
              {active ? (
                ` (${countOf(active, quick, now)})`
              ) : (
                // Takes the place of the number, so that nothing moves when it arrives.
                <span className="unknown-count" aria-hidden="true">
                  {" (0)"}
                </span>
              )}
            </ToggleButton>
          ))}
        </div>
      )}
    </>
  );
}
