import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";

/** For a company that is not on the Enterprise plan: why there is nothing to do here, and what to do. */
export function EnterpriseOnly({ company, heading }: { company: string; heading: boolean }): ReactNode {
  return (
    <Box padding={{ vertical: "l" }}>
      {heading && (
        <Box variant="h1" padding={{ bottom: "m" }}>
          API Keys
        </Box>
      )}
      <Alert type="info" header="API keys are part of the Enterprise plan">
        {company} is on another plan, so no API key can be created, and keys from earlier are refused until
        the plan is back. Keys that exist can be revoked here. To use API keys, ask your account manager to
        move {company} to the Enterprise plan.
      </Alert>
    </Box>
  );
}
