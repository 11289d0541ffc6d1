import { type RefObject, useState } from "react";
import type { Problem } from "../api/problem";
import { complaint, otherComplaints, useCorrected, useFocusOnMistake } from "../common/field";

/** The mistakes in a form: those that the page finds, and those that the API finds. */
export interface Mistakes {
  /** What is wrong with a field. */
  in: (field: string) => string;
  /** The field was changed, so it is not marked any more. */
  corrected: (field: string) => void;
  /** Marks what the page has found. Returns whether it found nothing. */
  mark: (mistakes: ReadonlyMap<string, string>) => boolean;
  /** Whether the fields alone tell what the API has found. */
  areToldAtFields: boolean;
}

/** The mistakes in a form with these fields, by the API's names. */
export function useMistakes(
  form: RefObject<HTMLElement | null>,
  problem: Problem | undefined,
  fields: readonly string[],
): Mistakes {
  const [wrong, setWrong] = useState<ReadonlyMap<string, string>>(new Map());
  const corrected = useCorrected();
  useFocusOnMistake(form, wrong);
  useFocusOnMistake(form, problem);
  return {
    in: (field) => {
      if (corrected.has(field)) return "";
      return wrong.size > 0 ? (wrong.get(field) ?? "") : complaint(problem, field);
    },
    corrected: corrected.add,
    mark: (mistakes) => {
      setWrong(mistakes);
      corrected.clear();
      return mistakes.size === 0;
    },
    areToldAtFields:
      problem !== undefined && problem.fields.size > 0 && otherComplaints(problem, fields).length === 0,
  };
}
