import AppLayout from "@cloudscape-design/components/app-layout-toolbar";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import SideNavigation from "@cloudscape-design/components/side-navigation";
import { type ReactNode, Suspense, useState } from "react";
import { Outlet, useLocation, useNavigate } from "react-router";
import { useViewer } from "../api/use-api";
import { isolated } from "../common/outside";
import { ProblemAlert } from "../common/problem-alert";
import { Waiting } from "../common/waiting";
import { RunNotice } from "../members/run-notice";
import { ForAdministratorsOnly } from "./for-administrators-only";
import { WithNotifications } from "./notifications";

const PLACES = [
  { text: "API Keys", href: "/dashboard/api-keys" },
  { text: "Which key is this?", href: "/dashboard/find-key" },
  { text: "Key policy", href: "/dashboard/key-policy" },
  { text: "Members", href: "/dashboard/members" },
  { text: "Activity", href: "/dashboard/activity" },
  { text: "Notifications", href: "/dashboard/notifications" },
];

/** The pages of single keys, which are below the list. */
const KEY_PAGES = "/dashboard/api-keys/";

/** The Company Dashboard: its navigation, and the pages that it leads to. */
export default function Dashboard(): ReactNode {
  const viewer = useViewer();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [open, setOpen] = useState(() => window.matchMedia("(min-width: 1000px)").matches);
  const follow = (event: { preventDefault(): void; detail: { href?: string; external?: boolean } }) => {
    if (event.detail.external || !event.detail.href) return;
    event.preventDefault();
    void navigate(event.detail.href);
  };
  if (viewer.kind === "loading") return <Waiting>Loading the Company Dashboard</Waiting>;
  if (viewer.kind === "member") return <ForAdministratorsOnly />;
  if (viewer.kind === "failed") {
    return (
      <main className="page">
        <ProblemAlert
          title="The Company Dashboard can't be shown"
          problem={viewer.problem}
          onRetry={viewer.retry}
        />
      </main>
    );
  }
  const here = PLACES.find((place) => pathname.startsWith(place.href));
  return (
    <WithNotifications>
      {(flashbar) => (
        <AppLayout
          toolsHide
          navigationOpen={open}
          onNavigationChange={({ detail }) => setOpen(detail.open)}
          navigationWidth={220}
          ariaLabels={{ navigation: "Company Dashboard", notifications: "Messages" }}
          navigation={
            <SideNavigation
              header={{ text: "Company Dashboard", href: "/dashboard" }}
              activeHref={here?.href ?? pathname}
              items={PLACES.map((place) => ({ type: "link", ...place }))}
              onFollow={follow}
            />
          }
          breadcrumbs={
            here && (
              <BreadcrumbGroup
                items={[
                  { text: isolated(viewer.me.company.name), href: "/" },
                  { text: "Company Dashboard", href: "/dashboard" },
                  here,
                  ...keyPlaces(pathname),
                ]}
                onFollow={follow}
              />
            )
          }
          notifications={flashbar}
          content={
            <>
              <RunNotice />
              <Suspense fallback={<Waiting>Loading</Waiting>}>
                <Outlet />
              </Suspense>
            </>
          }
        />
      )}
    </WithNotifications>
  );
}

/** The places below the list of keys: a key's page, and the page that undoes what the key suspended. */
function keyPlaces(pathname: string): { text: string; href: string }[] {
  if (!pathname.startsWith(KEY_PAGES)) return [];
  const [keyId = "", below] = pathname.slice(KEY_PAGES.length).split("/");
  const key = { text: "API Key", href: `${KEY_PAGES}${keyId}` };
  return below === "undo" ? [key, { text: "Undo suspensions", href: pathname }] : [key];
}
