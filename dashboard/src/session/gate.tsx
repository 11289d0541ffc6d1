import { type ReactNode, useEffect } from "react";
import { Navigate, Outlet, useLocation, useNavigate } from "react-router";
import { Waiting } from "../common/waiting";
import { useSession } from "./use-session";

/** Shows its content only to people who are signed in. It sends others to sign in, and they come back here. */
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

/** `/callback`: the address to which the issuer sends people back. */
export function Callback(): ReactNode {
  const [session] = useSession();
  const navigate = useNavigate();
  useEffect(() => {
    // The code in the address can be used only once, so the page's next address replaces it in the history.
    void session.finishSignIn().then((place) => navigate(place, { replace: true }));
  }, [session, navigate]);
  return <Waiting>Signing you in</Waiting>;
}
