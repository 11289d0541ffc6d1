import Button from "@cloudscape-design/components/button";
import { type ReactNode, useState } from "react";

/** A command to paste. Its button shows when it was copied. */
export function Command(props: { purpose: string; command: string; onCopied?: () => void }): ReactNode {
  const { purpose, command, onCopied } = props;
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard.writeText(command).then(
      () => {
        setCopied(true);
        onCopied?.();
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
