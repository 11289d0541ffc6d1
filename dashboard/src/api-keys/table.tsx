import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import type { ApiKey, Me } from "../api/client";
import { type Column, List } from "../common/list";
import { isolated, Outside } from "../common/outside";
import { PlaceLink } from "../common/place-link";
import { plural } from "../common/plural";
import { Time } from "../common/time";
import { AttentionBadges } from "./attention-badges";
import { attentionOf, isOwnerSuspended } from "./attention";
import { Owner } from "./owner";
import { ScopeBadges } from "./scope-badges";
import { ALL_ACTIVE, isNarrowed, type KeyFilter, type Sorting, SORTS } from "./finding";
import { KeyFilters } from "./key-filters";
import { keyState } from "./key-state";
import { LeakNotice } from "./leak-notice";
import { LimitNotice } from "./limit-notice";
import { recentlyLimited } from "./limited";
import { Revoked } from "./revoked";
import { RotatesItself } from "./rotates-itself";
import { Masks } from "./rotation-state";
import { type KeyAction, RowActions } from "./row-actions";
import type { Keys } from "./use-keys";

/** The company's keys. */
export function KeyTable(props: {
  me: Me;
  keys: Keys;
  filter: KeyFilter;
  onFilter: (filter: KeyFilter) => void;
  selected: readonly ApiKey[];
  onSelect: (keys: ApiKey[]) => void;
  onRevokeSelected: () => void;
  onCreate: (() => void) | undefined;
  onAction: (key: ApiKey, action: KeyAction) => void;
}): ReactNode {
  const { me, keys, filter, onFilter, selected, onCreate } = props;
  // Other lists are read page by page, so they can't be sorted here.
  const isActive = filter.state === "active";
  return (
    <SpaceBetween size="m">
      <LeakNotice keys={keys.active ?? []} />
      <LimitNotice keys={keys.active ?? []} />
      <List<ApiKey>
        label="API keys"
        items={keys.items}
        trackBy={(key) => key.keyId}
        columns={columns(props)}
        loadingText="Loading API keys"
        problem={keys.problem}
        problemTitle="The API keys can't be shown"
        onRetry={keys.refresh}
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={counter(keys, me.company.activeKeyLimit)}
            description="Keys that your company's own machines use to call our APIs."
            actions={
              <SpaceBetween size="xs" direction="horizontal">
                <Button
                  iconName="refresh"
                  ariaLabel="Refresh"
                  loading={keys.loading && Boolean(keys.items)}
                  onClick={keys.refresh}
                />
                {isActive && (
                  <Button disabled={selected.length === 0} onClick={props.onRevokeSelected}>
                    {selected.length === 0 ? "Revoke" : `Revoke ${plural(selected.length, "key")}`}
                  </Button>
                )}
                {onCreate && (
                  <Button variant="primary" onClick={onCreate}>
                    Create API Key
                  </Button>
                )}
              </SpaceBetween>
            }
          >
            API Keys
          </Header>
        }
        filter={<KeyFilters filter={filter} active={keys.active} onFilter={onFilter} />}
        {...(isActive && {
          sorting: {
            ...filter.sorting,
            onSort: (sorting) => onFilter({ ...filter, sorting: sorting as Sorting }),
          },
          selection: {
            selected,
            onSelect: props.onSelect,
            itemLabel: ({ name, mask }) => `${isolated(name)}, ${mask}`,
          },
        })}
        pagination={
          (keys.count > 1 || keys.openEnd) && (
            <Pagination
              currentPageIndex={keys.index}
              pagesCount={keys.count}
              openEnd={keys.openEnd}
              onChange={({ detail }) => keys.goTo(detail.currentPageIndex)}
            />
          )
        }
        empty={
          isNarrowed(filter) ? (
            <NoMatch onReset={() => onFilter({ ...ALL_ACTIVE, sorting: filter.sorting })} />
          ) : (
            <NoKeys onCreate={onCreate} />
          )
        }
      />
    </SpaceBetween>
  );
}

/** The number of keys: of the active ones, how many the company has and how many it can have. */
function counter({ active, items, count, openEnd }: Keys, limit: number): string | undefined {
  if (active) return `(${active.length} of ${limit})`;
  return items && !openEnd && count === 1 ? `(${items.length})` : undefined;
}

function columns(props: {
  me: Me;
  filter: KeyFilter;
  onAction: (key: ApiKey, action: KeyAction) => void;
}): Column<ApiKey>[] {
  const { me, filter, onAction } = props;
  const orElse = (time: string | undefined, otherwise: string) => (time ? <Time value={time} /> : otherwise);
  const column = (id: string, header: string, cell: (key: ApiKey) => ReactNode, minWidth = 118) => ({
    id,
    header,
    cell,
    minWidth,
    isSortable: SORTS.includes(id as Sorting["by"]),
  });
  return [
    { ...column("name", "Name", (key) => <Name apiKey={key} />, 150), isRowHeader: true },
    { ...column("mask", "Key", (key) => <Masks apiKey={key} />, 125), leaves: 1 },
    {
      ...column("scopes", "Scopes", (key) => <ScopeBadges scopes={key.scopes} />, 175),
      leaves: 2,
    },
    {
      ...column("owner", "Owner", (key) => <Owner apiKey={key} me={me} isSuspended={isToldHere(key)} />, 190),
      leaves: 3,
    },
    { ...column("created", "Created", (key) => <Time value={key.createdAt} />), leaves: 4 },
    column("expires", "Expires", (key) => (
      <>
        {orElse(key.expiresAt, "Never")}
        <RotatesItself apiKey={key} />
      </>
    )),
    column("used", "Last used", (key) => (
      <>
        {orElse(key.lastUsedAt, "Never")}
        <Limited apiKey={key} />
      </>
    )),
    ...(filter.state === "active" ? [] : [column("state", "State", (key) => <State apiKey={key} />, 118)]),
    column(
      "actions",
      "Actions",
      (key) => (
        <RowActions
          apiKey={key}
          isEnterprise={me.company.plan === "enterprise"}
          onAction={(action) => onAction(key, action)}
        />
      ),
      172,
    ),
  ];
}

/** The key's name, which links to its page, and why somebody should look at it. */
function Name({ apiKey }: { apiKey: ApiKey }): ReactNode {
  return (
    <>
      <PlaceLink to={`/dashboard/api-keys/${apiKey.keyId}`}>
        <Outside>{apiKey.name}</Outside>
      </PlaceLink>
      <AttentionBadges apiKey={apiKey} />
    </>
  );
}

/** Which limit refused requests with the key within the last hour. */
function Limited({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const limited = recentlyLimited(apiKey, new Date());
  return (
    limited && (
      <Box variant="small" display="block">
        {limited.reason}: <Time value={limited.at} />
      </Box>
    )
  );
}

function State({ apiKey }: { apiKey: ApiKey }): ReactNode {
  switch (keyState(apiKey, new Date())) {
    case "revoked":
      return (
        <>
          <StatusIndicator type="stopped">Revoked</StatusIndicator>
          <Revoked apiKey={apiKey} />
        </>
      );
    case "expired":
      return <StatusIndicator type="warning">Expired</StatusIndicator>;
    case "frozen":
      return <StatusIndicator type="warning">Frozen: no Enterprise plan</StatusIndicator>;
    case "active":
      return <StatusIndicator type="success">Active</StatusIndicator>;
  }
}

function NoKeys({ onCreate }: { onCreate: (() => void) | undefined }): ReactNode {
  return (
    <Box textAlign="center" padding={{ vertical: "l" }}>
      <SpaceBetween size="s" alignItems="center">
        <Box variant="h2">No API keys yet</Box>
        <div className="prose">
          <p>
            An API key lets your company's own scripts and identity providers call our APIs, for example to
            suspend the account of somebody who leaves.
          </p>
          <p>
            No sign-in flow is needed. Create a key here, copy it once, and send it in the{" "}
            <code>Authorization</code> header of each request.
          </p>
        </div>
        {onCreate && <Button onClick={onCreate}>Create API Key</Button>}
      </SpaceBetween>
    </Box>
  );
}

function NoMatch({ onReset }: { onReset: () => void }): ReactNode {
  return (
    <Box textAlign="center" padding={{ vertical: "l" }}>
      <SpaceBetween size="s" alignItems="center">
        <Box variant="h2">No API key matches</Box>
        <Box color="text-body-secondary">
          If you have found a key: <PlaceLink to="/dashboard/find-key">Which key is this?</PlaceLink>
        </Box>
        <Button onClick={onReset}>Show all active keys</Button>
      </SpaceBetween>
    </Box>
  );
}

/** Whether the column says that the owner is suspended. For an active key, a badge at its name says so. */
function isToldHere(apiKey: ApiKey): boolean {
  return isOwnerSuspended(apiKey) && attentionOf(apiKey, new Date()).length === 0;
}
