import type { ReactNode } from "react";
import { useTitle } from "../shell/title";

/** `/dashboard/members`: the company's accounts. */
export default function MembersPage(): ReactNode {
  useTitle("Members");
  return <h1>Members</h1>;
}
