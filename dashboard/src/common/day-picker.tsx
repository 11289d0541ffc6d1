import DatePicker, { type DatePickerProps } from "@cloudscape-design/components/date-picker";
import type { ReactNode } from "react";

/** A day, written as in the reader's language and country, where the week begins as there. */
export function DayPicker(props: Omit<DatePickerProps, "locale" | "format" | "startOfWeek">): ReactNode {
  return <DatePicker {...props} locale={navigator.language} format="long-localized" />;
}
