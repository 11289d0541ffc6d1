import { useEffect, useState } from "react";
import { useSession } from "../session/use-session";
import { keep, kept } from "./kept";

/** The contents of a form. */
export interface Draft<T> {
  value: T;
  change: (change: Partial<T>) => void;
  /** Whether the contents differ from the initial ones. */
  filled: boolean;
  /** Removes what was stored of it. The form itself stays unchanged. */
  discard: () => void;
}

/** The ID of the person who is signed in, also while the session is ending. */
export function useSubject(): string {
  const [, session] = useSession();
  const [subject] = useState(session.status === "signed-in" ? session.subject : "");
  return subject;
}

/** A form that survives the end of a session, and a reload. Its values must be JSON. */
export function useDraft<T extends object>(
  form: string,
  empty: T,
  /** Whether the stored contents belong to this form. */
  belongs: (kept: Partial<T>) => boolean = () => true,
): Draft<T> {
  const subject = useSubject();
  const [initial] = useState(empty);
  const [value, setValue] = useState<T>(() => {
    const earlier = kept(subject, form) as Partial<T> | undefined;
    return earlier && belongs(earlier) ? { ...initial, ...earlier } : initial;
  });
  const filled = JSON.stringify(value) !== JSON.stringify(initial);
  useEffect(() => {
    keep(subject, form, filled ? value : undefined);
  }, [subject, form, filled, value]);
  const [stable] = useState(() => ({
    change: (change: Partial<T>) => setValue((value) => ({ ...value, ...change })),
    discard: () => keep(subject, form, undefined),
  }));
  return { value, filled, ...stable };
}
