import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import type { ApiKey, Me } from "../api/client";
import type { CursorPages } from "../common/cursor-pages";
import { type Column, List } from "../common/list";
import { Outside } from "../common/outside";
import { Time } from "../common/time";
import { keyState } from "./key-state";
import { recentlyLimited } from "./limited";
import { RotatesItself } from "./rotates-itself";
import { Masks } from "./rotation-state";
import { type KeyAction, RowActions } from "./row-actions";
import type { KeyFilter } from "./use-keys";

const OWNER_OPTIONS: SelectProps.Option[] = [
  { value: "all", label: "All owners" },
  { value: "me", label: "My keys" },
];
const STATE_OPTIONS: SelectProps.Option[] = [
  { value: "active", label: "Active" },
  { value: "revoked", label: "Revoked" },
  { value: "expired", label: "Expired" },
  { value: "all", label: "Any state" },
];

/** The company's keys. */
export function KeyTable(props: {
  me: Me;
  keys: CursorPages<ApiKey>;
  filter: KeyFilter;
  onFilter: (filter: KeyFilter) => void;
  onCreate: (() => void) | undefined;
  onAction: (key: ApiKey, action: KeyAction) => void;
}): ReactNode {
  const { keys, filter, onCreate } = props;
  const narrowed = filter.owner !== "all" || filter.state !== "active";
  const select = (label: string, options: SelectProps.Option[], value: string, name: keyof KeyFilter) => (
    <Select
      ariaLabel={label}
      options={options}
      selectedOption={options.find((option) => option.value === value) ?? null}
      onChange={({ detail }) => props.onFilter({ ...filter, [name]: detail.selectedOption.value })}
    />
  );
  return (
    <SpaceBetween size="m">
      <List
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
            counter={keys.items && !keys.openEnd && keys.count === 1 ? `(${keys.items.length})` : undefined}
            description="Keys that your company's own machines use to call our APIs."
            actions={
              <SpaceBetween size="xs" direction="horizontal">
                <Button
                  iconName="refresh"
                  ariaLabel="Refresh"
                  loading={keys.loading && Boolean(keys.items)}
                  onClick={keys.refresh}
                />
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
        filter={
          <div className="filters">
            {select("Owner", OWNER_OPTIONS, filter.owner, "owner")}
            {select("State", STATE_OPTIONS, filter.state, "state")}
          </div>
        }
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
        empty={narrowed ? <NoMatch {...props} /> : <NoKeys onCreate={onCreate} />}
      />
    </SpaceBetween>
  );
}

function columns(props: {
  me: Me;
  filter: KeyFilter;
  onAction: (key: ApiKey, action: KeyAction) => void;
}): Column<ApiKey>[] {
  const { me, filter, onAction } = props;
  const title = (id: string) => me.scopes.find((scope) => scope.id === id)?.title ?? id;
  const orElse = (time: string | undefined, otherwise: string) => (time ? <Time value={time} /> : otherwise);
  const column = (id: string, header: string, cell: (key: ApiKey) => ReactNode, minWidth = 118) => ({
    id,
    header,
    cell,
    minWidth,
  });
  return [
    { ...column("name", "Name", (key) => <Outside>{key.name}</Outside>, 150), isRowHeader: true },
    { ...column("mask", "Key", (key) => <Masks apiKey={key} />, 125), leaves: 1 },
    {
      ...column(
        "scopes",
        "Scopes",
        (key) => (
          <span className="scopes">
            {key.scopes.map((id) => (
              <Badge key={id}>{title(id)}</Badge>
            ))}
          </span>
        ),
        175,
      ),
      leaves: 2,
    },
    { ...column("owner", "Owner", (key) => <Owner apiKey={key} me={me} />, 190), leaves: 3 },
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

/** A limit refused requests with the key within the last hour. */
function Limited({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const limited = recentlyLimited(apiKey, new Date());
  return (
    limited && (
      <>
        <Box display="block">
          <StatusIndicator type="warning">Limited</StatusIndicator>
        </Box>
        <Box variant="small" display="block">
          {limited.reason}: <Time value={limited.at} />
        </Box>
      </>
    )
  );
}

function Owner({ apiKey, me }: { apiKey: ApiKey; me: Me }): ReactNode {
  const { accountId, email, suspended } = apiKey.createdBy as typeof apiKey.createdBy & {
    suspended?: boolean;
  };
  return (
    <>
      <Outside>{email}</Outside> {accountId === me.account.accountId && <Badge color="blue">you</Badge>}
      {suspended && <Badge color="red">suspended</Badge>}
    </>
  );
}

function State({ apiKey }: { apiKey: ApiKey }): ReactNode {
  switch (keyState(apiKey, new Date())) {
    case "revoked":
      return (
        <>
          <StatusIndicator type="stopped">Revoked</StatusIndicator>
          {apiKey.revokedAt && (
            <Box variant="small" display="block">
              <Time value={apiKey.revokedAt} /> by{" "}
              {apiKey.revokedByKey ? "the key itself" : <Outside>{apiKey.revokedBy?.email ?? ""}</Outside>}
            </Box>
          )}
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

function NoMatch(props: { onFilter: (filter: KeyFilter) => void }): ReactNode {
  return (
    <Box textAlign="center" padding={{ vertical: "l" }}>
      <SpaceBetween size="s" alignItems="center">
        <Box variant="h2">No API key matches</Box>
        <Button onClick={() => props.onFilter({ owner: "all", state: "active" })}>
          Show all active keys
        </Button>
      </SpaceBetween>
    </Box>
  );
}
