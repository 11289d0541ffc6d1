import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";
import { Outside } from "./outside";

/** For a company that is not on the Enterprise plan: explains why this place is empty, and what to do. */
export function EnterpriseOnly(props: {
  company: string;
  /** The name of the place. */
  title: string;
  heading: boolean;
  children: ReactNode;
}): ReactNode {
  const { company, title } = props;
  return (
    <Box padding={{ vertical: "l" }}>
      {props.heading && (
        <Box variant="h1" padding={{ bottom: "m" }}>
          {title}
        </Box>
      )}
      <Alert type="info" header={`${title} are part of the Enterprise plan`}>
        {props.children} To change this, ask your account manager to move <Outside>{company}</Outside> to the
        Enterprise plan.
      </Alert>
    </Box>
  );
}
