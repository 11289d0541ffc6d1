import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type Me, data } from "../api/client";
import { asProblem } from "../api/problem";
import { useApi } from "../api/use-api";
import { ProblemAlert } from "../common/problem-alert";
import { ReturnFocus } from "../common/return-focus";
import { AdministratorsKeys } from "./administrators-keys";
import { lookUp } from "./look-up";
import { planOf } from "./plan";
import { PlanView } from "./plan-view";
import type { Row } from "./run";
import type { Change } from "./use-members";

/** Looks up the accounts of a list, says how they will change, and asks. */
export function ConfirmMany(props: {
  me: Me;
  change: Change;
  names: readonly string[];
  onClose: () => void;
  onStart: (rows: readonly Row[]) => void;
}): ReactNode {
  const { me, change, names } = props;
  const api = useApi();
  const [found, setFound] = useState(0);
  const [lookUpId] = useState(() => crypto.randomUUID());
  const suspend = change === "suspend";
  const query = useQuery({
    queryKey: ["members", "look-up", lookUpId],
    queryFn: () =>
      lookUp(
        names,
        (query) => data(api.GET("/admin/v1/accounts", { params: { query: { limit: 100, ...query } } })),
        setFound,
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const plan = query.data && planOf(names, query.data, change, me.account.accountId);
  return (
    <>
      <ReturnFocus />
      <Modal
        visible
        size="medium"
        header={suspend ? "Suspend these members?" : "Unsuspend these members?"}
        onDismiss={props.onClose}
        footer={
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" onClick={props.onClose}>
                Cancel
              </Button>
              <Button variant="primary" disabled={!plan} onClick={() => plan && props.onStart(plan.rows)}>
                {suspend ? "Suspend" : "Unsuspend"}
              </Button>
            </SpaceBetween>
          </Box>
        }
      >
        <SpaceBetween size="m">
          {query.isFetching && (
            <div role="status">
              <Spinner /> Looking up the accounts… {found} of {names.length} found
            </div>
          )}
          {query.error && !query.isFetching && (
            <ProblemAlert
              title="The accounts can't be looked up"
              problem={asProblem(query.error)}
              onRetry={() => void query.refetch()}
            />
          )}
          {plan && <PlanView plan={plan} change={change} />}
          {plan && suspend && (
            <AdministratorsKeys me={me} administrators={plan.administrators} revocable={false} />
          )}
        </SpaceBetween>
      </Modal>
    </>
  );
}
