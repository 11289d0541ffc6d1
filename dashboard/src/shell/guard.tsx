import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";

/** Where the page itself fails, somebody is told so and can go on: by reloading, or to another place. */
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
          Nothing was changed by it. Reload the page; you stay signed in.
        </Alert>
      </main>
    );
  }
}
