import { type ReactNode, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import type { Account } from "../api/client";
import { useViewer } from "../api/use-api";
import { EnterpriseOnly } from "../common/enterprise-only";
import { Outside } from "../common/outside";
import { ReturnFocus } from "../common/return-focus";
import { useTitle } from "../shell/title";
import { ChangeDialog } from "./change-dialog";
import { MemberTable } from "./table";
import { type Change, type MemberFilter, STATES, useMembers, useRefreshMembers } from "./use-members";

/** `/dashboard/members`: the company's accounts. */
export default function MembersPage(): ReactNode {
  useTitle("Members");
  const viewer = useViewer();
  if (viewer.kind !== "administrator") return null;
  const { company } = viewer.me;
  if (company.plan !== "enterprise") {
    return (
      <EnterpriseOnly company={company.name} title="Members" heading>
        <Outside>{company.name}</Outside> is not on the Enterprise plan. You can't manage members here.
      </EnterpriseOnly>
    );
  }
  return <Members />;
}

function Members(): ReactNode {
  const viewer = useViewer();
  const navigate = useNavigate();
  const [filter, setFilter] = useFilter();
  const members = useMembers(filter);
  const refresh = useRefreshMembers();
  const [selected, setSelected] = useState<readonly Account[]>([]);
  const [change, setChange] = useState<Change>();
  if (viewer.kind !== "administrator") return null;
  const filterBy = (filter: MemberFilter) => {
    setSelected([]);
    setFilter(filter);
  };
  const close = (changed: boolean) => {
    setChange(undefined);
    if (!changed) return;
    setSelected([]);
    refresh();
  };
  return (
    <>
      <MemberTable
        me={viewer.me}
        members={members}
        filter={filter}
        onFilter={filterBy}
        selected={selected}
        onSelect={setSelected}
        onChange={setChange}
        onMany={() => void navigate("/dashboard/members/many")}
      />
      {change && <ReturnFocus />}
      {change && <ChangeDialog me={viewer.me} change={change} accounts={selected} onClose={close} />}
    </>
  );
}

/** The filter, which is stored in the address, so that a reload and a link show the same list. */
function useFilter(): [MemberFilter, (filter: MemberFilter) => void] {
  const [query, setQuery] = useSearchParams();
  const filter = {
    search: query.get("search") ?? "",
    state: STATES.find((state) => state === query.get("state")) ?? "all",
  };
  const change = ({ search, state }: MemberFilter) =>
    setQuery({ ...(search && { search }), ...(state !== "all" && { state }) }, { replace: true });
  return [filter, change];
}
