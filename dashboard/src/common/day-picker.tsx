import Input from "@cloudscape-design/components/input";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { dayInDigits, dayPattern, readDay, startOfDay } from "./day";

/** It comes once somebody wants to choose a day. Where it can't be loaded, the day can still be written. */
const DayCalendar = lazy(() => import("./day-calendar").catch(() => ({ default: () => null })));

/** What to do about a day that can't be read. */
export function writeDayAs(): string {
  return `Write the day as ${dayPattern(navigator.language)}.`;
}

/** A day: written in the order of the reader's language and country, or chosen from a calendar. */
export function DayPicker(props: {
  /** `yyyy-mm-dd`, or what somebody wrote that is no day. */
  value: string;
  onChange: (value: string) => void;
  /** The reader has written or chosen it. */
  onDone?: (value: string) => void;
  /** The reader pressed Enter, after being done. */
  onEnter?: () => void;
  disabled?: boolean;
  /** What day it is, where the field has no label of its own. */
  label?: string;
  /** The name of the button that opens the calendar. */
  choose: string;
  isDateEnabled?: (date: Date) => boolean;
}): ReactNode {
  const { value, onChange, onDone } = props;
  // As it is being written; it is put into the usual form once that is over.
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
      <Suspense fallback={null}>
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
      </Suspense>
    </div>
  );
}
