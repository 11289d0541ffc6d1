import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useLoss } from "../common/leaving";
import { Outside } from "../common/outside";
import type { SecretTexts } from "./secret-texts";

/** What the content below a secret knows about copying. */
export interface Copying {
  /** Whether the whole secret was copied. Something else may have been copied since. */
  isCopied: boolean;
  /** Must be called after something else was copied by a button. */
  onOtherCopied: () => void;
}

/**
 * Shows an API key or a new secret of one, once. Closing it asks first, unless the secret was the last thing that was copied.
 */
export function ShownSecret(props: {
  /** The name of the API key. */
  name: string;
  /** No other component has it, so it is gone when this is closed. */
  secret: string;
  texts: SecretTexts;
  onClose: () => void;
  /** What is shown below the secret. */
  children: (copying: Copying) => ReactNode;
}): ReactNode {
  const { name, secret, texts, onClose } = props;
  const [copied, setCopied] = useState<"copied" | "part" | "failed" | "replaced">();
  const [asked, setAsked] = useState(false);
  const text = useRef<HTMLTextAreaElement>(null);
  const top = useRef<HTMLDivElement>(null);
  const unsaved = copied !== "copied";

  const loss = copied === "replaced" ? texts.replaced : texts.uncopied;
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
    navigator.clipboard.writeText(secret).then(
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
      header={texts.header}
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
            <Alert type="warning" header={texts.once}>
              {texts.store} It is never stored in our systems, so it can't be shown again.
            </Alert>
          )}
        </div>
        <div>
          <Box variant="awsui-key-label">
            <span id="api-key-label">
              {texts.label} “<Outside>{name}</Outside>”
            </span>
          </Box>
          <div className="secret">
            <textarea
              ref={text}
              readOnly
              rows={1}
              spellCheck={false}
              value={secret}
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
                Only a part of the {texts.noun} was copied. Copy the whole {texts.noun}.
              </StatusIndicator>
            )}
            {copied === "replaced" && (
              <StatusIndicator type="warning">
                The clipboard now contains something else. Copy the {texts.noun} again if you have not stored
                it yet.
              </StatusIndicator>
            )}
            {copied === "failed" && (
              <StatusIndicator type="warning">
                Your browser doesn't allow this page to copy. The {texts.noun} is selected. Copy it with your
                keyboard.
              </StatusIndicator>
            )}
          </div>
        </div>
        {props.children({ isCopied: copied === "copied" || copied === "replaced", onOtherCopied: replace })}
      </SpaceBetween>
    </Modal>
  );
}
