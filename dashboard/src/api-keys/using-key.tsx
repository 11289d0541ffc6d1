import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import type { Scope } from "../api/client";
import { useApiAddress } from "../api/use-api";
import { GUIDE_OF_SCOPE, READ_KEY, usages } from "./usage";

/** How to use a new key: the API's address, example requests, and the documentation. */
export function UsingKey(props: {
  scopes: readonly string[];
  all: readonly Scope[];
  /** A command has replaced the contents of the clipboard. */
  onCommandCopied: () => void;
}): ReactNode {
  const { scopes, all, onCommandCopied } = props;
  const address = useApiAddress();
  const title = (id: string) => all.find((scope) => scope.id === id)?.title ?? id;
  const found = usages(address, scopes);
  const guides = scopes.flatMap((id) => (GUIDE_OF_SCOPE[id] ? [{ id, href: GUIDE_OF_SCOPE[id] }] : []));
  return (
    <SpaceBetween size="s">
      <Box variant="h3">How to use the key</Box>
      <div>
        The API's address is <code className="address">{address}</code>. Send the key with each request:{" "}
        <code>Authorization: apikey KEY</code>
      </div>
      {found.length > 0 && (
        <>
          <Command
            purpose="In a terminal (bash), run this first. Then copy the key above, and paste it:"
            command={READ_KEY}
            onCopied={onCommandCopied}
          />
          {found.map(({ purpose, command }) => (
            <Command key={command} purpose={purpose} command={command} onCopied={onCommandCopied} />
          ))}
        </>
      )}
      {guides.length > 0 && (
        <div>
          Documentation:{" "}
          {guides.map(({ id, href }, i) => (
            <span key={id}>
              {i > 0 && ", "}
              <Link href={href} external externalIconAriaLabel="Opens in a new tab">
                {title(id)}
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
