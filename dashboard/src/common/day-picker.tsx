import type { DatePickerProps } from "@cloudscape-design/components/date-picker";
import { type ComponentType, lazy, type ReactNode, Suspense } from "react";

type Props = Omit<DatePickerProps, "locale" | "format" | "startOfWeek">;

/** It comes once somebody wants to choose a day. Where it can't be loaded, the browser's own picker does. */
const DatePicker = lazy(async (): Promise<{ default: ComponentType<DatePickerProps> }> => {
  try {
    return await import("@cloudscape-design/components/date-picker");
  } catch {
    return { default: PlainPicker };
  }
});

/** A day, written as in the reader's language and country, where the week begins as there. */
export function DayPicker(props: Props): ReactNode {
  return (
    <Suspense fallback={<span role="status">Loading…</span>}>
      <DatePicker {...props} locale={navigator.language} format="long-localized" />
    </Suspense>
  );
}

function PlainPicker({ value, disabled, placeholder, onChange }: DatePickerProps): ReactNode {
  return (
    <input
      type="date"
      value={value}
      disabled={disabled}
      aria-label={placeholder}
      onChange={({ target }) => onChange?.(new CustomEvent("change", { detail: { value: target.value } }))}
    />
  );
}
