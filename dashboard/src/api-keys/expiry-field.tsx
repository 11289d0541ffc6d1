import Select from "@cloudscape-design/components/select";
import type { ReactNode } from "react";
import { dayOf, startOfDay } from "../common/day";
import { DayPicker, writeDayAs } from "../common/day-picker";
import { Field } from "../common/field";
import { readable } from "../common/time";
import {
  chosenExpiry,
  type Expiry,
  type ExpiryChoice,
  type ExpiryDraft,
  expiresAt,
  isExpiryDate,
} from "./expiry";

/** Asks when a secret expires: a choice, and a day if the choice is a date. */
export function ExpiryField(props: {
  label: string;
  description?: string;
  choices: readonly ExpiryChoice[];
  /** The maximum number of days ahead. */
  longest: number;
  value: ExpiryDraft;
  disabled: boolean;
  mistake: string;
  onChange: (part: Partial<ExpiryDraft>) => void;
}): ReactNode {
  const { choices, longest, value, disabled, mistake, onChange } = props;
  const { expiryId, date } = value;
  const isDate = expiryId === "date";
  const expiry = chosenExpiry(choices, value);
  const isOffered = choices.some(({ id }) => id === expiryId);
  const note = choices.find(({ id }) => id === expiryId)?.note;
  const options = choices.map(({ id, label }) => ({ value: id, label }));
  return (
    <>
      <Field
        label={props.label}
        description={props.description}
        constraintText={isDate || !isOffered ? "" : (note ?? endText(expiry))}
        errorText={isDate ? "" : mistake}
      >
        <Select
          options={options}
          selectedOption={options.find(({ value }) => value === expiryId) ?? null}
          disabled={disabled}
          onChange={({ detail }) => onChange({ expiryId: detail.selectedOption.value ?? "" })}
        />
      </Field>
      {isDate && (
        <Field
          label="Last day"
          description="It works until the end of this day, in your time zone."
          constraintText={isExpiryDate(date, new Date(), longest) ? endText(expiry) : ""}
          errorText={mistake}
        >
          <DayPicker
            value={date}
            disabled={disabled}
            choose="Choose the last day"
            isDateEnabled={(day) => isExpiryDate(dayOf(day), new Date(), longest)}
            onChange={(date) => onChange({ date })}
          />
        </Field>
      )}
    </>
  );
}

/** What is wrong with a choice. Empty if nothing is. */
export function expiryMistake(
  { expiryId, date }: ExpiryDraft,
  choices: readonly ExpiryChoice[],
  longest: number,
): string {
  // What was chosen before a reload may not be allowed any more.
  if (!choices.some(({ id }) => id === expiryId)) return "Choose one of these.";
  if (expiryId !== "date" || isExpiryDate(date, new Date(), longest)) return "";
  const isWritten = Boolean(date) && !startOfDay(date);
  return isWritten ? writeDayAs() : `Choose a day from today on, at most ${longest} days ahead.`;
}

function endText(expiry: Expiry): string {
  const end = expiresAt(expiry, new Date());
  return end ? `Until ${readable(end.toISOString())}.` : "Until it is revoked.";
}
