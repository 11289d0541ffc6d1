import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo } from "react";
import { createBrowserRouter, Navigate, Route, RouterProvider, Routes } from "react-router";
import { createApi } from "./api/client";
import { asProblem } from "./api/problem";
import { ApiAddressContext, ApiContext } from "./api/use-api";
import { NavigationQuestion } from "./common/leaving";
import type { Config } from "./config";
import { Home } from "./home/home";
import { Callback, Gate } from "./session/gate";
import { Session } from "./session/session";
import { SignedOutPage, SignInPage } from "./session/sign-in-page";
import { SessionContext, useSession } from "./session/use-session";
import { NotFound } from "./shell/not-found";
import { place } from "./shell/place";
import { Shell } from "./shell/shell";

const Dashboard = place(() => import("./shell/translated-dashboard"));
const ActivityPage = place(() => import("./activity/page"));
const ApiKeysPage = place(() => import("./api-keys/page"));
const KeyPage = place(() => import("./api-keys/key-page"));
const FindKeyPage = place(() => import("./find-key/page"));
const KeyPolicyPage = place(() => import("./key-policy/page"));
const NotificationsPage = place(() => import("./notifications/page"));
const UndoPage = place(() => import("./undo/page"));
const MembersPage = place(() => import("./members/page"));
const ManyMembersPage = place(() => import("./members/many"));

/** The page. */
export function App({ config }: { config: Config }): ReactNode {
  const session = useMemo(() => new Session(config), [config]);
  const api = useMemo(() => createApi(config.apiAddress, session), [config, session]);
  const queries = useMemo(() => newQueries(), []);
  // Only this kind of router can stop a navigation that would lose something.
  const router = useMemo(() => createBrowserRouter([{ path: "*", element: <Places /> }]), []);
  useEffect(() => {
    if (window.location.pathname !== "/callback") void session.restore();
  }, [session]);
  return (
    <SessionContext value={session}>
      <ApiContext value={api}>
        <ApiAddressContext value={config.apiAddress}>
          <QueryClientProvider client={queries}>
            <ForgetAtSignOut queries={queries} />
            <RouterProvider router={router} />
          </QueryClientProvider>
        </ApiAddressContext>
      </ApiContext>
    </SessionContext>
  );
}

/** Every place of the page. */
function Places(): ReactNode {
  return (
    <>
      <NavigationQuestion />
      <Routes>
        <Route path="/callback" element={<Callback />} />
        <Route path="/sign-in" element={<SignInPage />} />
        <Route path="/signed-out" element={<SignedOutPage />} />
        <Route element={<Gate />}>
          <Route element={<Shell />}>
            <Route index element={<Home />} />
            <Route path="dashboard" element={<Dashboard />}>
              <Route index element={<Navigate to="/dashboard/api-keys" replace />} />
              <Route path="api-keys" element={<ApiKeysPage />} />
              <Route path="api-keys/:keyId" element={<KeyPage />} />
              <Route path="api-keys/:keyId/undo" element={<UndoPage />} />
              <Route path="find-key" element={<FindKeyPage />} />
              <Route path="key-policy" element={<KeyPolicyPage />} />
              <Route path="members" element={<MembersPage />} />
              <Route path="members/many" element={<ManyMembersPage />} />
              <Route path="activity" element={<ActivityPage />} />
              <Route path="notifications" element={<NotificationsPage />} />
              <Route path="*" element={<NotFound />} />
            </Route>
            <Route
              path="*"
              element={
                <main>
                  <NotFound />
                </main>
              }
            />
          </Route>
        </Route>
      </Routes>
    </>
  );
}

/** Removes the data that one person read, so that the next person doesn't see it. */
function ForgetAtSignOut({ queries }: { queries: QueryClient }): ReactNode {
  const [, { status }] = useSession();
  useEffect(() => {
    if (status === "signed-out") queries.clear();
  }, [status, queries]);
  return null;
}

function newQueries(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache(),
    defaultOptions: {
      queries: {
        // Reads may be repeated. A refusal is not repeated, and neither is a request that timed out.
        retry: (failures, error) => failures < 2 && asProblem(error).mayRetryNow,
        // Offline, a request is tried and fails, so that the page can say so. The default is to pause it, which looks
        // like loading or like an empty list. Failed and old data is read again when the browser is online again.
        networkMode: "always",
        refetchOnReconnect: "always",
        staleTime: 10_000,
      },
    },
  });
}
