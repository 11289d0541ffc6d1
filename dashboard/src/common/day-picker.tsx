import Input from "@cloudscape-design/components/input";
import { type ReactNode, useState } from "react";
import { dayInDigits, dayPattern, readDay, startOfDay } from "./day";
import { part } from "./part";

/** Loaded when the first day picker is shown. If it can't be loaded, the day can still be typed. */
const DayCalendar = part(() => import("./day-calendar"), { loading: null, missing: () => null });

/** The error text for a day that can't be read. */
export function writeDayAs(): string {
  return `Enter the day as ${dayPattern(navigator.language)}.`;
}

/** A day, typed in the order of the reader's language and country, or chosen from a calendar. */
export function DayPicker(props: {
  /** `yyyy-mm-dd`, or the typed text if it is not a day. */
  value: string;
  onChange: (value: string) => void;
  /** Called when the reader has finished typing or has chosen a day. */
  onDone?: (value: string) => void;
  /** Called after `onDone` if the reader pressed Enter. */
  onEnter?: () => void;
  disabled?: boolean;
  /** The label, if no form field around this shows one. */
  label?: string;
  /** The name of the button that opens the calendar. */
  choose: string;
  isDateEnabled?: (date: Date) => boolean;
}): ReactNode {
  const { value, onChange, onDone } = props;
  // The text while the reader types. Afterwards the day is shown in the usual format.
  const [text, setText] = useState<string>();
  const locale = navigator.language;
  const isDay = Boolean(startOfDay(value));
  const pattern = dayPattern(locale);
  return (
    <div className="day">
      <Input
        value={text ?? (isDay ? dayInDigits(value, locale) : value)}
        disabled={props.disabled}
        ariaLabel={props.label}
        placeholder={props.label ? `${props.label}, ${pattern}` : pattern}
        autoComplete={false}
        spellcheck={false}
        onChange={({ detail }) => {
          setText(detail.value);
          onChange(readDay(detail.value, locale) ?? detail.value);
        }}
        onKeyDown={({ detail }) => {
          if (detail.key !== "Enter") return;
          onDone?.(value);
          props.onEnter?.();
        }}
        onBlur={() => {
          setText(undefined);
          onDone?.(value);
        }}
      />
      <DayCalendar
        value={isDay ? value : ""}
        label={props.choose}
        disabled={props.disabled}
        isDateEnabled={props.isDateEnabled}
        onChange={(value) => {
          onChange(value);
          onDone?.(value);
        }}
      />
    </div>
  );
}
