import type { AccountResult } from "../api/client";
import { type LostBy, addLoss } from "../common/losses";
import { type Row, type RunState, run } from "./run";
import type { Change } from "./use-members";

/** A change of many members. It is in progress, or ended and not yet dismissed. */
export interface MemberRun extends RunState {
  id: string;
  change: Change;
  /** What it undoes, if it doesn't change accounts for their own sake. */
  undo?: Undo | undefined;
  /** Whether all the results were downloaded. */
  downloaded: boolean;
}

/** The undo of what a key suspended. */
export interface Undo {
  keyId: string;
  keyName: string;
  since: string;
  /** The event of the undo, which the first response names. */
  undoId?: string;
  /** The key on whose page it began, if it is another one. */
  pageKeyId?: string;
  /** The other keys that suspended accounts of the undo too. */
  others?: readonly OtherKey[];
}

/** Another key, and the accounts that it suspended too. */
export interface OtherKey {
  keyId: string;
  keyName: string;
  accounts: readonly { accountId: string; email: string }[];
}

/** The key whose page shows an undo. */
export function pageOf({ keyId, pageKeyId }: Undo): string {
  return pageKeyId ?? keyId;
}

/** What the store needs from outside. */
export interface StoreTools {
  send: (change: Change, names: readonly string[]) => Promise<AccountResult[]>;
  undo: (undo: Undo, names: readonly string[]) => Promise<{ undoId: string; results: AccountResult[] }>;
  wait: (milliseconds: number) => Promise<void>;
  load: () => unknown;
  /** Stores the run, so that it survives a reload. `undefined` removes it. */
  save: (run: MemberRun | undefined) => void;
}

/**
 * One administrator's run. It continues when the person goes to another place of the page. A reload interrupts it, and
 * it can be continued afterwards. Its results stay until somebody dismisses them.
 */
export class RunStore {
  readonly #tools: StoreTools;
  readonly #listeners = new Set<() => void>();
  #run: MemberRun | undefined;
  #stopped = false;
  #removeLoss: (() => void) | undefined;

  constructor(tools: StoreTools) {
    this.#tools = tools;
    this.#become(reloaded(tools.load()));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): MemberRun | undefined => this.#run;

  /** Begins a run and returns its ID. There must be no other run. */
  start(change: Change, rows: readonly Row[], undo?: Undo): string {
    if (this.#run) throw new Error("there is a run already");
    const id = crypto.randomUUID();
    void this.#work({ id, change, undo, rows, status: "running", downloaded: false });
    return id;
  }

  /** Continues with the open rows, or replaces the rows and continues with the open ones of these. */
  resume(rows?: readonly Row[]): void {
    if (!this.#run || this.#run.status === "running") return;
    void this.#work({ ...this.#run, rows: rows ?? this.#run.rows, downloaded: false });
  }

  /** Stops before the next batch. */
  stop(): void {
    this.#stopped = true;
  }

  downloaded(): void {
    if (this.#run) this.#become({ ...this.#run, downloaded: true });
  }

  /** Removes the results. */
  dismiss(): void {
    if (this.#run?.status !== "running") this.#become(undefined);
  }

  async #work({ id, change, undo, rows, downloaded }: MemberRun): Promise<void> {
    this.#stopped = false;
    let undoing = undo;
    const send = async (names: readonly string[]) => {
      if (!undoing) return this.#tools.send(change, names);
      const { undoId, results } = await this.#tools.undo(undoing, names);
      // All requests of a run belong to one undo.
      undoing = { ...undoing, undoId };
      return results;
    };
    await run(rows, {
      send,
      wait: this.#tools.wait,
      report: (state) => this.#become({ ...state, id, change, undo: undoing, downloaded }),
      stopped: () => this.#stopped,
    });
  }

  #become(run: MemberRun | undefined): void {
    this.#run = run;
    this.#tools.save(run);
    this.#removeLoss?.();
    this.#removeLoss = run && lossOf(run);
    for (const listener of this.#listeners) listener();
  }
}

/** Makes the page ask before somebody stops a run or loses its results. */
function lossOf({ status, downloaded }: MemberRun): (() => void) | undefined {
  if (status === "running") {
    return addLoss({
      title: "Members are being changed",
      text: "This stops if you leave. Members that were already changed stay changed.",
      leave: "Stop and leave",
      lostBy: "closing" satisfies LostBy,
    });
  }
  if (downloaded) return undefined;
  return addLoss({
    title: "Leave without the results?",
    text: "You have not downloaded or dismissed the results of the last change. You lose them if you leave.",
    leave: "Leave without the results",
    // They survive a reload, but not the end of the tab, and a page can't tell the two apart.
    lostBy: "closing" satisfies LostBy,
  });
}

/** The run after a reload, when nothing is in progress any more. */
function reloaded(kept: unknown): MemberRun | undefined {
  const earlier = kept as MemberRun | undefined;
  if (!earlier) return undefined;
  const { id, change, undo, rows, downloaded } = earlier;
  const status = rows.some(({ state }) => state.kind === "open") ? "interrupted" : "done";
  return { id, change, undo, rows, downloaded, status };
}
