import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { useApiAddress } from "../api/use-api";
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

/** A command to paste. Its button shows when it was copied. */
function Command(props: { purpose: string; command: string; onCopied: () => void }): ReactNode {
  const { purpose, command, onCopied } = props;
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard.writeText(command).then(
      () => {
        setCopied(true);
        onCopied();
      },
      () => undefined,
    );
  return (
    <div>
      {purpose}
      <div className="command">
        <pre>{command}</pre>
        <Button
          variant="icon"
          iconName={copied ? "check" : "copy"}
          ariaLabel={copied ? "Command copied" : "Copy command"}
          onClick={copy}
        />
      </div>
    </div>
  );
}
