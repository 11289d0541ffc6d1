import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";

/** If the page itself fails, it shows a message and the ways to continue: reload, or go to another place. */
export class Guard extends Component<{ place: string; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidUpdate({ place }: { place: string }): void {
    if (this.state.failed && place !== this.props.place) this.setState({ failed: false });
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
