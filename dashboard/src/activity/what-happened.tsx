import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";
import type { AuditEvent } from "../api/client";
import { useScopeTitle } from "../api/use-api";
import { Sentence } from "../common/outside";
import { UndoLink } from "../undo/undo-link";
import { details, sentence } from "./actions";

/** An event as a sentence, and its details. */
export function WhatHappened({ event }: { event: AuditEvent }): ReactNode {
  const title = useScopeTitle();
  return (
    <>
      <Sentence>{sentence(event)}</Sentence>
      {details(event, title).map((words, i) => (
        <Box key={i} variant="small" display="block">
          <Sentence>{words}</Sentence>
        </Box>
      ))}
      {event.action === "REACH_SUSPENSION_LIMIT" && <UndoLink event={event} />}
    </>
  );
}
