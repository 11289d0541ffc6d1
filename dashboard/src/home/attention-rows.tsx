import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Icon, { type IconProps } from "@cloudscape-design/components/icon";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import { keyPlace } from "../api-keys/key-place";
import { isolated, Outside, Sentence } from "../common/outside";
import { PlaceLink } from "../common/place-link";
import { plural } from "../common/plural";
import { ProblemAlert } from "../common/problem-alert";
import { Time } from "../common/time";
import { useKeptHeight } from "./attention-height";
import type { Matter, MatterKind } from "./matters";
import { ACTIONS, type Reading, RECENT_DAYS, type Row, rowsOf } from "./rows";
import { useReading } from "./use-reading";

/** The number of keys that are shown. The list of keys shows the others. */
const SHOWN = 10;

/** The keys that need attention, the most urgent first. `looking` is shown until they were read. */
export default function AttentionRows({ looking }: { looking: ReactNode }): ReactNode {
  const { reading, isWaiting, pending, more, failed } = useReading();
  const isComplete = !isWaiting && pending.length === 0 && !failed;
  const place = useKeptHeight(isComplete);
  if (isWaiting) return looking;
  const rows = rowsOf(reading, new Date());
  return (
    <div ref={place}>
      <SpaceBetween size="m">
        {rows.length > 0 && (
          <ul className="attention-rows" aria-label="Keys that need attention">
            {rows.slice(0, SHOWN).map((row) => (
              <AttentionRow key={row.keyId} row={row} />
            ))}
          </ul>
        )}
        <OtherRows rows={rows.slice(SHOWN)} />
        {rows.length === 0 && isComplete && more.length === 0 && <Nothing />}
        {more.map((name) => (
          <More key={name} {...MORE[name]} />
        ))}
        {pending.length > 0 && (
          <Box color="text-body-secondary">
            <Spinner /> <span role="status">Still looking at {pending.join(" and ")}…</span>
          </Box>
        )}
        {failed && (
          <ProblemAlert
            title={`This part may be incomplete: ${failed.subjects.join(" and ")} can't be read`}
            problem={failed.problem}
            onRetry={failed.retry}
          />
        )}
      </SpaceBetween>
    </div>
  );
}

function AttentionRow({ row: { keyId, name, mask, matters } }: { row: Row }): ReactNode {
  const [matter, ...others] = matters;
  return (
    <li>
      <div>
        <PlaceLink to={keyPlace(keyId)}>
          <Outside>{name}</Outside>
        </PlaceLink>
        <div>
          <code className="mask">{mask}</code>
        </div>
      </div>
      <div className="matter">
        <Icon {...ICONS[matter.kind]} />
        <div>
          <Sentence>{matter.text}</Sentence>
          <div>
            <When when={matter.when} />
          </div>
          {others.map((other) => (
            <Box key={other.kind} variant="small" display="block">
              <Sentence>{other.text}</Sentence> <When when={other.when} />
            </Box>
          ))}
        </div>
      </div>
      <Step step={matter.step} of={`${isolated(name)}, ${mask}`} />
    </li>
  );
}

function When({ when }: Pick<Matter, "when">): ReactNode {
  return (
    when && (
      <span className="when">
        {when.word}: <Time value={when.at} />
      </span>
    )
  );
}

function Step({ step: { text, place }, of }: { step: Matter["step"]; of: string }): ReactNode {
  const navigate = useNavigate();
  return (
    <Button
      href={place}
      ariaLabel={`${text}: ${of}`}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(place);
      }}
    >
      {text}
    </Button>
  );
}

/** Leads to the keys that are not shown. */
function OtherRows({ rows }: { rows: readonly Row[] }): ReactNode {
  if (rows.length === 0) return null;
  const place = rows.every(({ isActive }) => isActive) ? "" : "?state=all";
  return (
    <PlaceLink to={`/dashboard/api-keys${place}`}>
      {plural(rows.length, "more key needs", "more keys need")} attention
    </PlaceLink>
  );
}

/** Where what this part doesn't read is. */
const MORE: Record<Exclude<keyof Reading, "active">, { what: string; link: string; place: string }> = {
  expired: {
    what: "There are more expired keys than it reads.",
    link: "See all expired keys",
    place: "/dashboard/api-keys?state=expired",
  },
  events: {
    what: "The activity of the last 7 days is longer than it reads.",
    link: "See all these events",
    place: `/dashboard/activity?action=${ACTIONS.join(",")}`,
  },
};

/** Says that a list has more than was read. */
function More({ what, link, place }: { what: string; link: string; place: string }): ReactNode {
  return (
    <div className="matter">
      <Icon {...INFO} />
      <div>
        This part may be incomplete. {what} <PlaceLink to={place}>{link}</PlaceLink>
      </div>
    </div>
  );
}

function Nothing(): ReactNode {
  return (
    <SpaceBetween size="xxs">
      <div className="matter">
        <Icon name="status-positive" variant="success" />
        <div>Nothing needs your attention.</div>
      </div>
      <Box color="text-body-secondary">
        No active key leaked, is held, expires soon or has been unused for long. In the last {RECENT_DAYS}{" "}
        days, none expired or was revoked as leaked, and nobody used a revoked key.
      </Box>
    </SpaceBetween>
  );
}

const ERROR: IconProps = { name: "status-negative", variant: "error" };
const WARNING: IconProps = { name: "status-warning", variant: "warning" };
const INFO: IconProps = { name: "status-info", variant: "subtle" };

/** How bad something is. The text says it too. */
const ICONS: Record<MatterKind, IconProps> = {
  leaked: ERROR,
  "not-fully-revoked": ERROR,
  exposed: ERROR,
  "suspension-limit": ERROR,
  "leaked-and-revoked": ERROR,
  held: ERROR,
  expired: ERROR,
  "used-after-end": WARNING,
  "expires-soon": WARNING,
  "will-be-held": WARNING,
  "owner-suspended": WARNING,
  limited: WARNING,
  expires: WARNING,
  "old-secret-in-use": WARNING,
  "new-secret-unused": INFO,
  unused: INFO,
};
