import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { Account, Me } from "../api/client";
import { ActivityLink } from "../common/activity-link";
import type { CursorPages } from "../common/cursor-pages";
import { type Column, List } from "../common/list";
import { isolated, Outside } from "../common/outside";
import { SearchField } from "../common/search-field";
import { MemberState, roleName } from "./member-state";
import type { Change, MemberFilter } from "./use-members";

const STATE_OPTIONS = [
  { value: "all", label: "Any state" },
  { value: "active", label: "Active" },
  { value: "suspended", label: "Suspended" },
];

/** The company's accounts. */
export function MemberTable(props: {
  me: Me;
  members: CursorPages<Account>;
  filter: MemberFilter;
  onFilter: (filter: MemberFilter) => void;
  selected: readonly Account[];
  onSelect: (accounts: Account[]) => void;
  onChange: (change: Change) => void;
  onMany: () => void;
}): ReactNode {
  const { members, filter, selected } = props;
  const none = selected.length === 0;
  const filtered = filter.search !== "" || filter.state !== "all";
  return (
    <SpaceBetween size="m">
      <List
        label="Members"
        items={members.items}
        trackBy={(account) => account.accountId}
        columns={columns(props.me)}
        loadingText="Loading members"
        problem={members.problem}
        problemTitle="The members can't be shown"
        onRetry={members.refresh}
        selection={{ selected, onSelect: props.onSelect, itemLabel: ({ email }) => isolated(email) }}
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={none ? undefined : `(${selected.length} selected)`}
            description="The people in your company, and who can sign in."
            actions={
              <SpaceBetween size="xs" direction="horizontal">
                <Button
                  iconName="refresh"
                  ariaLabel="Refresh"
                  loading={members.loading && Boolean(members.items)}
                  onClick={members.refresh}
                />
                <Button disabled={none} onClick={() => props.onChange("unsuspend")}>
                  Unsuspend
                </Button>
                <Button disabled={none} onClick={() => props.onChange("suspend")}>
                  Suspend
                </Button>
                <Button onClick={props.onMany}>Change many</Button>
              </SpaceBetween>
            }
          >
            Members
          </Header>
        }
        filter={
          <div className="filters">
            <SearchField
              label="Name or email address"
              placeholder="Name or email"
              value={filter.search}
              onChange={(search) => props.onFilter({ ...filter, search })}
            />
            <Select
              ariaLabel="State"
              options={STATE_OPTIONS}
              selectedOption={STATE_OPTIONS.find(({ value }) => value === filter.state) ?? null}
              onChange={({ detail }) =>
                props.onFilter({ ...filter, state: detail.selectedOption.value as MemberFilter["state"] })
              }
            />
          </div>
        }
        pagination={
          (members.count > 1 || members.openEnd) && (
            <Pagination
              currentPageIndex={members.index}
              pagesCount={members.count}
              openEnd={members.openEnd}
              onChange={({ detail }) => members.goTo(detail.currentPageIndex)}
            />
          )
        }
        empty={
          <Box textAlign="center" padding={{ vertical: "l" }}>
            <SpaceBetween size="s" alignItems="center">
              <Box variant="h2">No member matches</Box>
              {filtered && (
                <Button onClick={() => props.onFilter({ search: "", state: "all" })}>Show all members</Button>
              )}
            </SpaceBetween>
          </Box>
        }
      />
    </SpaceBetween>
  );
}

function columns(me: Me): Column<Account>[] {
  return [
    {
      id: "email",
      header: "Email",
      cell: ({ email }) => <Outside>{email}</Outside>,
      minWidth: 200,
      isRowHeader: true,
    },
    { id: "name", header: "Name", cell: ({ name }) => <Outside>{name}</Outside>, minWidth: 140 },
    {
      id: "role",
      header: "Role",
      cell: (account) => (
        <>
          {roleName(account)} {account.accountId === me.account.accountId && <Badge color="blue">you</Badge>}
        </>
      ),
      minWidth: 130,
      leaves: 1,
    },
    { id: "state", header: "State", cell: (account) => <MemberState account={account} />, minWidth: 160 },
    {
      id: "activity",
      header: "Activity",
      cell: ({ accountId, email }) => (
        <ActivityLink involving={accountId} label={`Activity of ${isolated(email)}`} />
      ),
      minWidth: 100,
    },
  ];
}
