import type { AuditAction, AuditEvent } from "../api/client";
import type { Page } from "../common/cursor-pages";
import { ACTIONS } from "./rows";

/** The actions of which there are few, however often one key is used after its end. */
const RARE_ACTIONS = ACTIONS.filter((action) => action !== "USE_REVOKED_API_KEY");

/**
 * Reads the events about keys that need attention, newest first. If one key is used so often after its end that not all
 * events can be read, those with other actions are read by themselves.
 */
export async function readEvents(
  read: (actions: readonly AuditAction[]) => Promise<Page<AuditEvent>>,
): Promise<Page<AuditEvent>> {
  const page = await read(ACTIONS);
  if (!page.nextToken) return page;
  const rare = await read(RARE_ACTIONS);
  const known = new Set(page.items.map(({ id }) => id));
  return { ...page, items: [...page.items, ...rare.items.filter(({ id }) => !known.has(id))] };
}
