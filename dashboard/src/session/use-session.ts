import { createContext, useContext, useSyncExternalStore } from "react";
import type { Session, SessionState } from "./session";

export const SessionContext = createContext<Session | undefined>(undefined);

/** The session, and what is known of whoever looks at the page. */
export function useSession(): [Session, SessionState] {
  const session = useContext(SessionContext);
  if (!session) throw new Error("no session around this component");
  return [session, useSyncExternalStore(session.subscribe, session.state)];
}
