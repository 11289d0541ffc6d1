import type { AccountResult } from "../api/client";
import { type LostBy, addLoss } from "../common/losses";
import { type Row, type RunState, run } from "./run";
import type { Change } from "./use-members";

/** A change of many members: under way, or ended and not yet dismissed. */
export interface MemberRun extends RunState {
  id: string;
  change: Change;
  /** Whether the results were downloaded. */
  downloaded: boolean;
}

/** What the store needs from outside. */
export interface StoreTools {
  send: (change: Change, names: readonly string[]) => Promise<AccountResult[]>;
  wait: (milliseconds: number) => Promise<void>;
  load: () => unknown;
  /** Keeps the run over a reload; nothing removes it. */
  save: (run: MemberRun | undefined) => void;
}

/**
 * One administrator's run. It is above the page's places: going from one to another does not stop it. A reload
 * interrupts it, and it can be continued afterwards. Its results stay until somebody dismisses them.
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

  /** Begins a run; there must be no other. Gives its ID. */
  start(change: Change, rows: readonly Row[]): string {
    if (this.#run) throw new Error("there is a run already");
    const id = crypto.randomUUID();
    void this.#work({ id, change, rows, status: "running", downloaded: false });
    return id;
  }

  /** Goes on with what is open, or with these rows of it. */
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

  /** Forgets the results. */
  dismiss(): void {
    if (this.#run?.status !== "running") this.#become(undefined);
  }

  async #work({ id, change, rows, downloaded }: MemberRun): Promise<void> {
    this.#stopped = false;
    await run(rows, {
      send: (names) => this.#tools.send(change, names),
      wait: this.#tools.wait,
      report: (state) => this.#become({ ...state, id, change, downloaded }),
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

/** Has somebody asked who would stop a run, or lose its results. */
function lossOf({ status, downloaded }: MemberRun): (() => void) | undefined {
  if (status === "running") {
    return addLoss({
      title: "Members are being changed",
      text: "This stops if you leave. The members that are done stay done.",
      leave: "Stop and leave",
      lostBy: "closing" satisfies LostBy,
    });
  }
  if (downloaded) return undefined;
  return addLoss({
    title: "There are results of a change",
    text: "Nobody has dismissed or downloaded them. They are lost when you leave.",
    leave: "Leave without the results",
    // They survive a reload, but not the end of the tab, and a page can't tell the two apart.
    lostBy: "closing" satisfies LostBy,
  });
}

/** What a reload left behind: nothing is under way any more. */
function reloaded(kept: unknown): MemberRun | undefined {
  const earlier = kept as MemberRun | undefined;
  if (!earlier) return undefined;
  const { id, change, rows, downloaded } = earlier;
  const status = rows.some(({ state }) => state.kind === "open") ? "interrupted" : "done";
  return { id, change, rows, downloaded, status };
}
