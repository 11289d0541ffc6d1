/** Something that would be lost by leaving, and how to ask about it. */
export interface Loss {
  /** The question's heading. */
  title: string;
  text: string;
  /** The button that gives it up. */
  leave: string;
  /** The least that loses it. Closing the page loses what navigating does; signing out loses everything. */
  lostBy: LostBy;
  /** Removes what was kept of it, once somebody gives it up. */
  discard?: (() => void) | undefined;
}

export type LostBy = "navigating" | "closing" | "signing-out";

const LOST_BY: readonly LostBy[] = ["navigating", "closing", "signing-out"];

let losses: readonly Loss[] = [];
const listeners = new Set<() => void>();

/** Adds a loss; the function that it returns removes it. */
export function addLoss(loss: Loss): () => void {
  become([...losses, loss]);
  return () => become(losses.filter((other) => other !== loss));
}

/** What this would lose; the newest first, because it is on top. */
export function lossesBy(way: LostBy): readonly Loss[] {
  return losses.filter(({ lostBy }) => LOST_BY.indexOf(lostBy) <= LOST_BY.indexOf(way)).toReversed();
}

/** Gives everything up that this loses. */
export function giveUp(way: LostBy): void {
  const given = lossesBy(way);
  for (const { discard } of given) discard?.();
  become(losses.filter((loss) => !given.includes(loss)));
}

export function subscribeToLosses(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Goes to sign in and comes back to this tab: what it keeps for that is not lost, so the browser needn't ask. */
export async function goAndComeBack(go: () => Promise<void>): Promise<void> {
  window.removeEventListener("beforeunload", ask);
  try {
    await go();
  } catch (error) {
    become(losses);
    throw error;
  }
}

function become(next: readonly Loss[]): void {
  losses = next;
  if (lossesBy("closing").length > 0) window.addEventListener("beforeunload", ask);
  else window.removeEventListener("beforeunload", ask);
  for (const listener of listeners) listener();
}

/** Has the browser ask before the page is closed or reloaded. */
function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
