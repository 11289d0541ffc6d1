import Button from "@cloudscape-design/components/button";
import Calendar, { type CalendarProps } from "@cloudscape-design/components/calendar";
import Popover, { type PopoverProps } from "@cloudscape-design/components/popover";
import { type ReactNode, useRef } from "react";
import { calendarOf } from "./day";

/** A button that opens a calendar. The week begins on the day that is usual in the reader's country. */
export default function DayCalendar(props: {
  /** `yyyy-mm-dd`, or empty. */
  value: string;
  label: string;
  disabled?: boolean | undefined;
  isDateEnabled?: CalendarProps.IsDateEnabledFunction | undefined;
  onChange: (value: string) => void;
}): ReactNode {
  const popover = useRef<PopoverProps.Ref>(null);
  if (props.disabled) return <Button iconName="calendar" variant="icon" ariaLabel={props.label} disabled />;
  return (
    <Popover
      ref={popover}
      triggerType="custom"
      size="large"
      position="bottom"
      dismissAriaLabel="Close the calendar"
      content={
        <Calendar
          value={props.value}
          {...calendarOf(navigator.language)}
          ariaLabel={props.label}
          isDateEnabled={props.isDateEnabled}
          onChange={({ detail }) => {
            props.onChange(detail.value);
            popover.current?.focus();
          }}
        />
      }
    >
      <Button iconName="calendar" variant="icon" ariaLabel={props.label} formAction="none" />
    </Popover>
  );
}
