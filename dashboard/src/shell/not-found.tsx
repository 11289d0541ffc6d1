import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import { useTitle } from "./title";

/** The page for an address that doesn't exist. */
export function NotFound(): ReactNode {
  const navigate = useNavigate();
  useTitle("Page not found");
  return (
    <div className="centred">
      <SpaceBetween size="m" alignItems="center">
        <Box variant="h1">Page not found</Box>
        <Box>This address doesn't exist. Check it for typing errors.</Box>
        <Button onClick={() => navigate("/")}>Go home</Button>
      </SpaceBetween>
    </div>
  );
}
