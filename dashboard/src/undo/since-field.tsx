import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TimeInput from "@cloudscape-design/components/time-input";
import { type ReactNode, useRef, useState } from "react";
import { startOfDay } from "../common/day";
import { DayPicker, writeDayAs } from "../common/day-picker";
import { Field, useFocusOnMistake } from "../common/field";
import { enteredOf, OFFERED, sinceOf } from "./since";

/** Asks for the time since which to undo. */
export function SinceField(props: { since: string; onChange: (since: string) => void }): ReactNode {
  const { since, onChange } = props;
  const [entered, setEntered] = useState(() => enteredOf(since));
  const [shown, setShown] = useState(since);
  const [attempt, setAttempt] = useState<object>();
  const form = useRef<HTMLFormElement>(null);
  useFocusOnMistake(form, attempt);
  if (shown !== since) {
    // A button or a link chose another time.
    setShown(since);
    setEntered(enteredOf(since));
  }
  const { day, time } = entered;
  const dayMistake = attempt && !startOfDay(day) ? writeDayAs() : "";
  const timeMistake = attempt && !dayMistake && !sinceOf(entered) ? "Enter the time as hh:mm." : "";
  const show = () => {
    setAttempt({});
    const chosen = sinceOf(entered);
    // If nothing was changed, the exact time stays, which is within the minute that is shown.
    if (chosen) onChange(chosen === sinceOf(enteredOf(since)) ? since : chosen);
  };
  return (
    <Container>
      <form
        ref={form}
        className="since"
        onSubmit={(event) => {
          event.preventDefault();
          show();
        }}
      >
        <Field label="Since the day" errorText={dayMistake}>
          <DayPicker
            value={day}
            choose="Choose the day"
            isDateEnabled={(date) => date <= new Date()}
            onChange={(day) => setEntered({ ...entered, day })}
          />
        </Field>
        <Field label="Time" description="In your time zone." errorText={timeMistake}>
          <TimeInput
            value={time}
            format="hh:mm"
            placeholder="hh:mm"
            onChange={({ detail }) => setEntered({ ...entered, time: detail.value })}
          />
        </Field>
        <SpaceBetween size="xs" direction="horizontal">
          <Button formAction="submit">Show</Button>
          {OFFERED.map(({ label, millis }) => (
            <Button
              key={label}
              formAction="none"
              onClick={() => onChange(new Date(Date.now() - millis).toISOString())}
            >
              {label}
            </Button>
          ))}
        </SpaceBetween>
      </form>
    </Container>
  );
}
