import FormField, { type FormFieldProps } from "@cloudscape-design/components/form-field";
import { type ReactNode, type RefObject, useEffect, useState } from "react";
import type { Problem } from "../api/problem";

/** A field of a form. It is marked if it has an error text. */
export function Field(props: FormFieldProps): ReactNode {
  return (
    <div data-mistake={props.errorText ? "" : undefined}>
      <FormField {...props} />
    </div>
  );
}

/** The fields of a form that were changed since their mistakes were marked: they are not marked any more. */
export interface Corrected {
  has: (field: string) => boolean;
  add: (field: string) => void;
  /** Called with each attempt to submit the form. */
  clear: () => void;
}

export function useCorrected(): Corrected {
  const [fields, setFields] = useState<ReadonlySet<string>>(new Set());
  return {
    has: (field) => fields.has(field),
    add: (field) => setFields((fields) => new Set(fields).add(field)),
    clear: () => setFields(new Set()),
  };
}

/** Puts the focus on the first mistake in a form, after each attempt to submit it. */
export function useFocusOnMistake(form: RefObject<HTMLElement | null>, attempt: unknown): void {
  useEffect(() => {
    form.current
      ?.querySelector<HTMLElement>("[data-mistake] :is(input, textarea, button):not(:disabled)")
      ?.focus();
  }, [form, attempt]);
}

/** The API's error for a field, or for a part of it (`scopes[1]`). */
export function complaint(problem: Problem | undefined, field: string): string {
  const about = [...(problem?.fields ?? [])].find(([name]) => belongsTo(name, field));
  return about?.[1] ?? "";
}

/** The API's errors for all other fields. These fields show their errors themselves. */
export function otherComplaints(problem: Problem, fields: readonly string[]): [string, string][] {
  return [...problem.fields].filter(([name]) => !fields.some((field) => belongsTo(name, field)));
}

function belongsTo(name: string, field: string): boolean {
  return name === field || name.startsWith(`${field}[`) || name.startsWith(`${field}.`);
}
