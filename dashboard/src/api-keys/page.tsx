import { type ReactNode, useState } from "react";
import { useSearchParams } from "react-router";
import { useViewer } from "../api/use-api";
import { EnterpriseOnly } from "../common/enterprise-only";
import { Outside } from "../common/outside";
import { useTitle } from "../shell/title";
import { filterFrom, type KeyFilter, queryOf } from "./finding";
import type { KeyAction } from "./row-actions";
import { KeyTable } from "./table";
import { useKeyDialogs } from "./use-key-dialogs";
import { useKeys, useRefreshKeys } from "./use-keys";

/** `/dashboard/api-keys`: the company's keys. */
export default function ApiKeysPage(): ReactNode {
  useTitle("API Keys");
  const viewer = useViewer();
  const me = viewer.kind === "administrator" ? viewer.me : undefined;
  const [filter, setFilter] = useFilter();
  const keys = useKeys(filter, me);
  const [selected, setSelected] = useState<readonly string[]>([]);
  const { open, dialogs } = useKeyDialogs({
    me,
    current: (key) => keys.items?.find(({ keyId }) => keyId === key.keyId) ?? key,
    onChanged: useRefreshKeys(),
  });
  if (!me) return null;
  const enterprise = me.company.plan === "enterprise";
  // Without the plan there may be existing keys to revoke, unless the list was read and is empty.
  const showTable =
    enterprise || filter.state !== "active" || Boolean(keys.active?.length) || keys.problem !== undefined;
  // A key that a filter hides is not selected, because nobody sees that it is.
  const chosen = keys.items?.filter(({ keyId }) => selected.includes(keyId)) ?? [];
  return (
    <>
      {!enterprise && (
        <EnterpriseOnly company={me.company.name} title="API Keys" heading={!showTable}>
          <Outside>{me.company.name}</Outside> is not on the Enterprise plan. You can't create API keys, and
          existing keys are refused until the company is on this plan again. You can revoke existing keys
          here.
        </EnterpriseOnly>
      )}
      {showTable && (
        <KeyTable
          me={me}
          keys={keys}
          filter={filter}
          onFilter={setFilter}
          selected={chosen}
          onSelect={(keys) => setSelected(keys.map(({ keyId }) => keyId))}
          onRevokeSelected={() => {
            const [only, ...others] = chosen;
            if (only)
              open(others.length > 0 ? { kind: "revoke-many", keys: chosen } : { kind: "revoke", key: only });
          }}
          onCreate={enterprise ? () => open({ kind: "create" }) : undefined}
          onAction={(key, action: KeyAction) => open({ kind: action === "replace" ? "rotate" : action, key })}
        />
      )}
      {dialogs}
    </>
  );
}

/** The filter, which is stored in the address, so that a reload and a link show the same list. */
function useFilter(): [KeyFilter, (filter: KeyFilter) => void] {
  const [query, setQuery] = useSearchParams();
  return [filterFrom(query), (filter) => setQuery(queryOf(filter), { replace: true })];
}
