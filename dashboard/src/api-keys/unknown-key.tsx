import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";

/** The page for an ID that no key of the company has. */
export function UnknownKey(): ReactNode {
  const navigate = useNavigate();
  return (
    <div className="centred">
      <SpaceBetween size="m" alignItems="center">
        <Box variant="h1">API key not found</Box>
        <Box>
          Your company has no API key with this ID. Check the address, or look for the key in the list.
        </Box>
        <Button onClick={() => navigate("/dashboard/api-keys?state=all")}>Show all API keys</Button>
      </SpaceBetween>
    </div>
  );
}
