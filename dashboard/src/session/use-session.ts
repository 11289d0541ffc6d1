import { createContext, useContext, useEffect, useSyncExternalStore } from "react";
import type { Session, SessionState } from "./session";

export const SessionContext = createContext<Session | undefined>(undefined);

/** The session, and what is known of whoever looks at the page. */
export function useSession(): [Session, SessionState] {
  const session = useContext(SessionContext);
  if (!session) throw new Error("no session around this component");
  return [session, useSyncExternalStore(session.subscribe, session.state)];
}

/** Keeps the page as it is, even if the session ends: something that exists nowhere else is shown. */
export function useHold(held: boolean): void {
  const [session] = useSession();
  useEffect(() => (held ? session.hold() : undefined), [held, session]);
}
