import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import { useTitle } from "./title";

/** An address that names no place. */
export function NotFound(): ReactNode {
  const navigate = useNavigate();
  useTitle("Page not found");
  return (
    <div className="centred">
      <SpaceBetween size="m" alignItems="center">
        <Box variant="h1">Page not found</Box>
        <Box>There is nothing at this address. It may have been mistyped.</Box>
        <Button onClick={() => navigate("/")}>Go home</Button>
      </SpaceBetween>
    </div>
  );
}
