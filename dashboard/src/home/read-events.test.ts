import { expect, test } from "vitest";
import type { AuditAction, AuditEvent } from "../api/client";
import type { Page } from "../common/cursor-pages";
import { readEvents } from "./read-events";

function event(id: string, action: AuditAction): AuditEvent {
  return { id, action } as AuditEvent;
}

/** Reads from a log of which one read gets the first `most` events. */
async function readFrom(log: readonly AuditEvent[], most: number) {
  const asked: AuditAction[][] = [];
  const read = (actions: readonly AuditAction[]): Promise<Page<AuditEvent>> => {
    asked.push([...actions]);
    const found = log.filter(({ action }) => actions.includes(action));
    return Promise.resolve({
      items: found.slice(0, most),
      nextToken: found.length > most ? "more" : undefined,
    });
  };
  const { items, nextToken } = await readEvents(read);
  return { asked, ids: items.map(({ id }) => id), nextToken };
}

const LOG = [
  event("4", "EXPOSE_API_KEY"),
  event("3", "USE_REVOKED_API_KEY"),
  event("2", "USE_REVOKED_API_KEY"),
  event("1", "REVOKE_LEAKED_API_KEY"),
];

test("a log that can be read to its end is read once", async () => {
  const { asked, ids, nextToken } = await readFrom(LOG, 4);
  expect(asked).toEqual([["USE_REVOKED_API_KEY", "EXPOSE_API_KEY", "REVOKE_LEAKED_API_KEY"]]);
  expect(ids).toEqual(["4", "3", "2", "1"]);
  expect(nextToken).toBeUndefined();
});

test("many uses of one key don't hide that another key leaked, and it is told that there are more", async () => {
  const { asked, ids, nextToken } = await readFrom(LOG, 2);
  expect(asked).toHaveLength(2);
  expect(ids).toEqual(["4", "3", "1"]);
  expect(nextToken).toBe("more");
});
