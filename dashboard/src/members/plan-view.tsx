import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { Account } from "../api/client";
import { Outside } from "../common/outside";
import type { Plan } from "./plan";
import type { Change } from "./use-members";

/** The maximum number of entries that are shown. */
const SHOWN = 100;

/** Says what a change will do, before it begins. */
export function PlanView({ plan, change }: { plan: Plan; change: Change }): ReactNode {
  const suspend = change === "suspend";
  const { changed, unchanged, administrators, unknown, unchecked } = plan;
  return (
    <SpaceBetween size="m">
      <div role="status">
        <Box variant="strong">
          {members(changed.length)} will be {suspend ? "suspended" : "unsuspended"}.
        </Box>{" "}
        {unchanged.length > 0 &&
          `${members(unchanged.length)} ${unchanged.length === 1 ? "is" : "are"} ${suspend ? "suspended" : "active"} already and will not change. `}
        {changed.length > 0 &&
          (suspend
            ? "They can no longer sign in, and their sessions end at once. Nothing is deleted. Unsuspending them restores their access."
            : "They can sign in again.")}
      </div>
      {plan.oneself && <OneselfWarning />}
      {administrators.length > 0 && (
        <Alert
          type="warning"
          header={
            administrators.length === 1
              ? "1 of them is a Company Administrator"
              : `${administrators.length} of them are Company Administrators`
          }
        >
          <Names names={administrators.map(nameOf)} />
        </Alert>
      )}
      {unknown.length > 0 && (
        <Alert
          type="warning"
          header={`${unknown.length} unknown: your company has no such ${unknown.length === 1 ? "account" : "accounts"}`}
        >
          <Names names={unknown} />
        </Alert>
      )}
      {unchecked.length > 0 && (
        <Alert type="info" header={`${unchecked.length} not looked up: your company has too many accounts`}>
          They will be changed if they exist. The results will show which exist.
        </Alert>
      )}
    </SpaceBetween>
  );
}

/** Warns a person who is about to suspend themselves. */
export function OneselfWarning(): ReactNode {
  return (
    <Alert type="warning" header="This includes you">
      Your account is suspended last. You are then signed out, and only another Company Administrator can
      unsuspend you. The last active Company Administrator of a company can't be suspended.
    </Alert>
  );
}

function Names({ names }: { names: readonly string[] }): ReactNode {
  return (
    <>
      <ul className="names">
        {names.slice(0, SHOWN).map((name) => (
          <li key={name}>
            <Outside>{name}</Outside>
          </li>
        ))}
      </ul>
      {names.length > SHOWN && <div>and {names.length - SHOWN} more</div>}
    </>
  );
}

function nameOf({ email }: Account): string {
  return email;
}

function members(count: number): string {
  return count === 1 ? "1 member" : `${count} members`;
}
