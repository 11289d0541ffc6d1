import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { READ_KEY } from "../api-keys/usage";
import { useApiAddress } from "../api/use-api";
import { Command } from "../common/command";
import { reportCommand } from "./report";

/** What to do with a key that is not one of the company's. */
export function UnknownKey(): ReactNode {
  const address = useApiAddress();
  return (
    <SpaceBetween size="s">
      <div>
        If it is another company&apos;s key, you can revoke it in a terminal (bash). The response doesn&apos;t
        tell whether the key exists.
      </div>
      <Command purpose="Run this first, and paste the key:" command={READ_KEY} />
      <Command purpose="Then revoke the key. This can't be undone:" command={reportCommand(address)} />
    </SpaceBetween>
  );
}
