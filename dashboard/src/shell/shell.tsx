import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, Suspense, useEffect } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { Waiting } from "../common/waiting";
import { AccountMenu } from "./account-menu";
import { Guard } from "./guard";

/** The frame of every page for a person who is signed in: a rail with the link home, and the avatar at its lower end. */
export function Shell(): ReactNode {
  const { key, pathname } = useLocation();
  const queries = useQueryClient();
  // The person may have been suspended or demoted in the meantime. The API's response to this request says so.
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ["me"] }, { cancelRefetch: false });
  }, [key, queries]);
  return (
    <div className="shell">
      <nav className="rail" aria-label="Product">
        <Link to="/" className="rail-home" aria-label="Home">
          <img src="/icon.svg" alt="" width="32" height="32" />
        </Link>
        <AccountMenu />
      </nav>
      <div className="place">
        <Guard place={pathname}>
          <Suspense fallback={<Waiting>Loading</Waiting>}>
            <Outlet />
          </Suspense>
        </Guard>
      </div>
    </div>
  );
}
