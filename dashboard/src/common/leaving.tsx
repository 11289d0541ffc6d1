import {
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";
import { type BlockerFunction, useBlocker } from "react-router";
import { type Loss, addLoss, giveUp, lossesBy, subscribeToLosses } from "./losses";

// The home page needs no dialog, so the question is loaded when there is something to lose.
const loadQuestion = () => import("./question");
const LazyQuestion = lazy(loadQuestion);

function Question(props: { loss: Loss; onStay: () => void; onLeave: () => void }): ReactNode {
  return (
    <Suspense fallback={null}>
      <LazyQuestion {...props} />
    </Suspense>
  );
}

/** While there is a loss, asks before the person leaves the page in any way. */
export function useLoss(loss: Loss | undefined): void {
  const { title, text, leave, lostBy, discard } = loss ?? {};
  useEffect(() => {
    if (!title || !text || !leave || !lostBy) return;
    // If it can't be loaded now, it is loaded when somebody leaves.
    loadQuestion().catch(() => undefined);
    return addLoss({ title, text, leave, lostBy, discard });
  }, [title, text, leave, lostBy, discard]);
}

/** Asks before somebody goes to another place of the page, or back, if they would lose something. */
export function NavigationQuestion(): ReactNode {
  const loss = useSyncExternalStore(subscribeToLosses, () => lossesBy("navigating")[0]);
  const blocker = useBlocker(
    useCallback(
      ({ currentLocation, nextLocation }: Parameters<BlockerFunction>[0]) =>
        currentLocation.pathname !== nextLocation.pathname && lossesBy("navigating").length > 0,
      [],
    ),
  );
  // Nobody needs to decide if nothing would be lost any more, for example because a response arrived.
  const settled = blocker.state === "blocked" && !loss;
  useEffect(() => {
    if (settled) blocker.reset();
  }, [settled, blocker]);
  if (blocker.state !== "blocked" || !loss) return null;
  const leave = () => {
    giveUp("navigating");
    blocker.proceed();
  };
  return <Question loss={loss} onStay={() => blocker.reset()} onLeave={leave} />;
}

/** `ask` asks before it does something that loses this. Without a loss, it does it at once. Render `question` somewhere. */
export function useQuestion(): [ask: (loss: Loss | undefined, go: () => void) => void, question: ReactNode] {
  const [asked, setAsked] = useState<{ loss: Loss; go: () => void }>();
  const ask = (loss: Loss | undefined, go: () => void) => (loss ? setAsked({ loss, go }) : go());
  const leave = () => {
    setAsked(undefined);
    asked?.loss.discard?.();
    asked?.go();
  };
  const stay = () => setAsked(undefined);
  return [ask, asked && <Question loss={asked.loss} onStay={stay} onLeave={leave} />];
}
