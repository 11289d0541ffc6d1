import Badge, { type BadgeProps } from "@cloudscape-design/components/badge";
import type { ReactNode } from "react";
import type { ApiKey } from "../api/client";
import { type Attention, attentionOf, EXPIRING_DAYS, UNUSED_DAYS } from "./attention";

const BADGES: Record<Attention, { text: string; color: NonNullable<BadgeProps["color"]> }> = {
  leaked: { text: "Leaked", color: "red" },
  "suspension-limit": { text: "Suspension limit reached", color: "red" },
  held: { text: "Held", color: "red" },
  "will-be-held": { text: "Will be held", color: "severity-medium" },
  "owner-suspended": { text: "Owner suspended", color: "red" },
  limited: { text: "Limited", color: "severity-medium" },
  expiring: { text: `Expires within ${EXPIRING_DAYS} days`, color: "severity-medium" },
  rotating: { text: "Rotating", color: "blue" },
  unused: { text: `Not used for ${UNUSED_DAYS} days`, color: "grey" },
};

/** Why somebody should look at this key. */
export function AttentionBadges({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const attentions = attentionOf(apiKey, new Date());
  if (attentions.length === 0) return null;
  return (
    <div className="badges">
      {attentions.map((attention) => (
        <Badge key={attention} color={BADGES[attention].color}>
          {BADGES[attention].text}
        </Badge>
      ))}
    </div>
  );
}
