/** Something that would be lost by leaving, and how to ask about it. */
export interface Loss {
  /** The question's heading. */
  title: string;
  text: string;
  /** The text of the button that gives it up. */
  leave: string;
  /**
   * The smallest step that loses it. Closing the page also loses everything that navigating loses. Signing out loses
   * everything.
   */
  lostBy: LostBy;
  /** Removes what was stored of it, when somebody gives it up. */
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

/** What this step would lose. The newest is first, because its dialog is on top. */
export function lossesBy(way: LostBy): readonly Loss[] {
  return losses.filter(({ lostBy }) => LOST_BY.indexOf(lostBy) <= LOST_BY.indexOf(way)).toReversed();
}

/** Gives up everything that this step loses. */
export function giveUp(way: LostBy): void {
  const given = lossesBy(way);
  for (const { discard } of given) discard?.();
  become(losses.filter((loss) => !given.includes(loss)));
}

export function subscribeToLosses(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Goes to the sign-in page, which returns to this tab. Stored values survive that, so the browser doesn't ask. */
export async function goAndComeBack(go: () => Promise<void>): Promise<void> {
  window.removeEventListener("beforeunload", ask);
  // The browser's Back brings this very page back, as it was left.
  window.addEventListener("pageshow", () => become(losses), { once: true });
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

/** Makes the browser ask before the page is closed or reloaded. */
function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
