import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { Outside } from "../common/outside";
import type { NamedAccounts } from "./list";
import type { Change } from "./use-members";

/** The maximum number of entries that are shown. */
const SHOWN = 100;

/** The accounts that were found in a list, before anything changes. */
export function ListPreview({ list, change }: { list: NamedAccounts; change: Change }): ReactNode {
  const { accounts, duplicates, invalid } = list;
  if (accounts.length === 0 && invalid.length === 0) return null;
  return (
    <SpaceBetween size="s">
      <div role="status">
        <Box variant="strong">
          {accounts.length} {accounts.length === 1 ? "account" : "accounts"} to {change}
        </Box>
        {duplicates > 0 && <span>, {duplicates} named twice</span>}
      </div>
      {invalid.length > 0 && (
        <Alert
          type="warning"
          header={`${invalid.length} ignored: neither an email address nor an account ID`}
        >
          <ul className="names">
            {invalid.slice(0, SHOWN).map(({ line, text }, i) => (
              <li key={`${line} ${i}`}>
                Line {line}: <Outside>{text}</Outside>
              </li>
            ))}
          </ul>
          {invalid.length > SHOWN && <div>and {invalid.length - SHOWN} more</div>}
        </Alert>
      )}
      {accounts.length > 0 && (
        <ExpandableSection headerText="Preview" defaultExpanded={accounts.length <= 10}>
          <ul className="names">
            {accounts.slice(0, SHOWN).map((account) => (
              <li key={account}>
                <Outside>{account}</Outside>
              </li>
            ))}
          </ul>
          {accounts.length > SHOWN && <div>and {accounts.length - SHOWN} more</div>}
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}
