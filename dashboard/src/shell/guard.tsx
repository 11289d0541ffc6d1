import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";

/** If the page itself fails, it shows a message and a way to continue instead of an empty page. */
export class Guard extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="page" role="alert">
        <Alert
          type="error"
          header="Something went wrong in this page"
          action={<Button onClick={() => window.location.reload()}>Reload</Button>}
        >
          The error changed no data. Reload the page. You stay signed in.
        </Alert>
      </main>
    );
  }
}
