import { useCallback, useEffect, useRef, useState } from "react";
import { useAskBeforeLeaving } from "../common/use-ask-before-leaving";
import { type Row, type RunState, openRows, run } from "./run";
import { type Change, useChange } from "./use-members";

/** A run in this page. */
export interface Run {
  state: RunState | undefined;
  /** Begins with these, or goes on with them. */
  start: (change: Change, rows: readonly Row[] | readonly string[]) => Promise<RunState>;
  stop: () => void;
  reset: () => void;
}

/** Carries out runs; one that is at work asks before the page is left, and ends with the component. */
export function useRun(): Run {
  const send = useChange();
  const [state, setState] = useState<RunState>();
  const stopped = useRef(false);
  useEffect(() => {
    stopped.current = false;
    return () => {
      stopped.current = true;
    };
  }, []);
  useAskBeforeLeaving(state?.status === "running");
  const start = useCallback(
    (change: Change, rows: readonly Row[] | readonly string[]) => {
      stopped.current = false;
      return run(
        rows.flatMap((row) => (typeof row === "string" ? openRows([row]) : [row])),
        {
          send: (names) => send(change, names),
          wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
          report: setState,
          stopped: () => stopped.current,
        },
      );
    },
    [send],
  );
  const stop = useCallback(() => {
    stopped.current = true;
  }, []);
  const reset = useCallback(() => setState(undefined), []);
  return { state, start, stop, reset };
}
