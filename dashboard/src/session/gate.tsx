import { type ReactNode, useEffect } from "react";
import { Navigate, Outlet, useLocation, useNavigate } from "react-router";
import { Waiting } from "../common/waiting";
import { useSession } from "./use-session";

/** Lets only people who are signed in further; the others are sent to sign in, and come back here. */
export function Gate(): ReactNode {
  const [session, state] = useSession();
  const { pathname, search } = useLocation();
  const place = pathname + search;
  const leave = state.status === "signed-out" && !state.reason;
  useEffect(() => {
    if (leave) session.signIn(place).catch(() => session.unreachable());
  }, [leave, place, session]);
  if (state.status === "signed-in") return <Outlet />;
  if (state.status === "signed-out" && state.reason) {
    return <Navigate to="/sign-in" state={{ place }} replace />;
  }
  return <Waiting>Signing you in</Waiting>;
}

/** `/callback`: where the issuer sends people back to. */
export function Callback(): ReactNode {
  const [session] = useSession();
  const navigate = useNavigate();
  useEffect(() => {
    // The code in the address is good once: it leaves the history with the page's next address.
    void session.finishSignIn().then((place) => navigate(place, { replace: true }));
  }, [session, navigate]);
  return <Waiting>Signing you in</Waiting>;
}
