import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ComponentType } from "react";
import { part } from "../common/part";
import { Waiting } from "../common/waiting";

/** A place of the page, which loads when somebody first goes there. */
export function place(load: () => Promise<{ default: ComponentType }>): ComponentType {
  return part(load, {
    loading: <Waiting>Loading</Waiting>,
    missing: (retry) => (
      <div className="page" role="alert">
        <Alert
          type="error"
          header="This page can't be loaded"
          action={
            <SpaceBetween size="xs" direction="horizontal">
              <Button onClick={() => window.location.reload()}>Reload</Button>
              <Button onClick={retry}>Try again</Button>
            </SpaceBetween>
          }
        >
          Check your connection. The page loads by itself when you are online again.
        </Alert>
      </div>
    ),
  });
}
