import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { useApiAddress } from "../api/use-api";
import { Command } from "../common/command";
import { guidesFor, READ_KEY, settings, usages } from "./usage";

/** How to use a key: the API's address, example requests, settings of other programs, and the documentation. */
export function UsingKey(props: {
  scopes: readonly string[];
  /** Whether the key itself is shown above. Otherwise the reader must have stored it. */
  isKeyAbove: boolean;
  /** A command has replaced the contents of the clipboard. */
  onCommandCopied?: () => void;
}): ReactNode {
  const { scopes, isKeyAbove, onCommandCopied = () => undefined } = props;
  const address = useApiAddress();
  const found = usages(address, scopes);
  const entered = settings(address, scopes);
  const guides = guidesFor(scopes);
  return (
    <SpaceBetween size="s">
      {isKeyAbove && <Box variant="h3">How to use the key</Box>}
      <div>
        The API's address is <code className="address">{address}</code>. Send the key with each request:{" "}
        <code>Authorization: apikey KEY</code>
      </div>
      {found.length > 0 && (
        <>
          <Command
            purpose={
              isKeyAbove
                ? "In a terminal (bash), run this first. Then copy the key above, and paste it:"
                : "In a terminal (bash), run this first. Then paste the key from where you stored it:"
            }
            command={READ_KEY}
            onCopied={onCommandCopied}
          />
          {found.map(({ purpose, command }) => (
            <Command key={command} purpose={purpose} command={command} onCopied={onCommandCopied} />
          ))}
        </>
      )}
      {entered.map(({ purpose, command }) => (
        <Command key={purpose} purpose={purpose} command={command} onCopied={onCommandCopied} />
      ))}
      {guides.length > 0 && (
        <div>
          Documentation:{" "}
          {guides.map(({ title, href }, i) => (
            <span key={href}>
              {i > 0 && ", "}
              <Link href={href} external externalIconAriaLabel="Opens in a new tab">
                {title}
              </Link>
            </span>
          ))}
        </div>
      )}
    </SpaceBetween>
  );
}
