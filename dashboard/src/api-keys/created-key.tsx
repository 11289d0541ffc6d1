import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { CreatedApiKey, Scope } from "../api/client";
import { useLoss } from "../common/leaving";
import type { Loss } from "../common/losses";
import { Outside } from "../common/outside";
import { UsingKey } from "./using-key";

const UNCOPIED: Loss = {
  title: "You have not copied the API key",
  text: "After you leave, the key can't be shown again. If you lose the key, revoke it and create another.",
  leave: "Leave without copying",
  lostBy: "navigating",
};

/** Something else was copied after the key. It is unknown whether the person pasted the key before that. */
const REPLACED: Loss = {
  title: "Have you stored the API key?",
  text: "You copied something else after the key. After you leave, the key can't be shown again.",
  leave: "It is stored",
  lostBy: "navigating",
};

/** Shows a new key, once. Closing it asks first, unless the key was the last thing that was copied. */
export function CreatedKey(props: {
  apiKey: CreatedApiKey;
  scopes: readonly Scope[];
  onClose: () => void;
}): ReactNode {
  const { apiKey, onClose } = props;
  const [copied, setCopied] = useState<"copied" | "part" | "failed" | "replaced">();
  const [asked, setAsked] = useState(false);
  const text = useRef<HTMLTextAreaElement>(null);
  const top = useRef<HTMLDivElement>(null);
  const unsaved = copied !== "copied";

  const loss = copied === "replaced" ? REPLACED : UNCOPIED;
  useLoss(unsaved ? loss : undefined);
  useEffect(() => {
    if (copied !== "copied") return;
    // Whatever else is copied takes the key's place in the clipboard.
    const notice = ({ target }: ClipboardEvent) => {
      const somethingElse = target !== text.current && Boolean(document.getSelection()?.toString());
      if (somethingElse) setCopied("replaced");
    };
    document.addEventListener("copy", notice);
    return () => document.removeEventListener("copy", notice);
  }, [copied]);

  const become = (copy: "copied" | "part") => {
    setCopied(copy);
    // A copy of the key answers the question.
    if (copy === "copied") setAsked(false);
  };
  const copy = () => {
    navigator.clipboard.writeText(apiKey.key).then(
      () => become("copied"),
      () => {
        setCopied("failed");
        // The browser doesn't allow copying. With the key selected, the person can copy it with one key press.
        text.current?.focus();
      },
    );
  };
  const replace = () => setCopied((last) => (last === "copied" ? "replaced" : last));
  const leaving = asked && unsaved;
  // The question replaces the first warning, which may be out of sight.
  useEffect(() => {
    if (leaving) top.current?.scrollIntoView({ block: "center" });
  }, [leaving]);
  // Without a copy, only the button that says so closes the dialog. A second Escape doesn't.
  const close = () => (unsaved ? setAsked(true) : onClose());

  return (
    <Modal
      visible
      header="Your API key"
      onDismiss={({ detail }) => detail.reason !== "overlay" && close()}
      footer={
        <Box float="right">
          {leaving ? (
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" onClick={onClose}>
                {copied === "replaced" ? loss.leave : "Close without copying"}
              </Button>
              <Button variant="primary" onClick={copy}>
                Copy
              </Button>
            </SpaceBetween>
          ) : (
            <Button onClick={close}>Close</Button>
          )}
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div ref={top} role={leaving ? "alert" : undefined}>
          {leaving ? (
            <Alert type="error" header={loss.title}>
              {loss.text}
            </Alert>
          ) : (
            <Alert type="warning" header="This API key is shown only now">
              Copy the key and store it where your script or identity provider reads its secrets. It is never
              stored in our systems, so it can't be shown again.
            </Alert>
          )}
        </div>
        <div>
          <Box variant="awsui-key-label">
            <span id="api-key-label">
              API key “<Outside>{apiKey.name}</Outside>”
            </span>
          </Box>
          <div className="secret">
            <textarea
              ref={text}
              readOnly
              rows={1}
              spellCheck={false}
              value={apiKey.key}
              aria-labelledby="api-key-label"
              onFocus={(event) => event.currentTarget.select()}
              onCopy={({ currentTarget: { selectionStart, selectionEnd, value } }) =>
                become(selectionEnd - selectionStart === value.length ? "copied" : "part")
              }
            />
            <Button iconName="copy" variant="primary" onClick={copy}>
              Copy
            </Button>
          </div>
          <div role="status" className="copy-status">
            {copied === "copied" && <StatusIndicator type="success">Copied</StatusIndicator>}
            {copied === "part" && (
              <StatusIndicator type="warning">
                Only a part of the key was copied. Copy the whole key.
              </StatusIndicator>
            )}
            {copied === "replaced" && (
              <StatusIndicator type="warning">
                The clipboard now contains something else. Copy the key again if you have not stored it yet.
              </StatusIndicator>
            )}
            {copied === "failed" && (
              <StatusIndicator type="warning">
                Your browser doesn't allow this page to copy. The key is selected. Copy it with your keyboard.
              </StatusIndicator>
            )}
          </div>
        </div>
        <UsingKey scopes={apiKey.scopes} all={props.scopes} onCommandCopied={replace} />
      </SpaceBetween>
    </Modal>
  );
}
