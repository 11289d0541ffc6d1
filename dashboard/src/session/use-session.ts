import { createContext, useContext, useEffect, useSyncExternalStore } from "react";
import type { Session, SessionState } from "./session";

export const SessionContext = createContext<Session | undefined>(undefined);

/** The session, and what is known about the person who uses the page. */
export function useSession(): [Session, SessionState] {
  const session = useContext(SessionContext);
  if (!session) throw new Error("no session around this component");
  return [session, useSyncExternalStore(session.subscribe, session.state)];
}

/** Keeps the page unchanged, even if the session ends, because it shows something that exists nowhere else. */
export function useHold(held: boolean): void {
  const [session] = useSession();
  useEffect(() => (held ? session.hold() : undefined), [held, session]);
}
