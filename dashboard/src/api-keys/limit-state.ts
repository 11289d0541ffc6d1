import type { ApiKey } from "../api/client";

const HOUR = 60 * 60 * 1000;

/** When the hour in which accounts are counted begins. It is an hour of the clock in UTC. */
export function startOfHour(moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / HOUR) * HOUR);
}

/** When counting begins anew. */
export function nextHour(moment: Date): Date {
  return new Date(startOfHour(moment).getTime() + HOUR);
}

/** Whether the key's requests to suspend accounts are refused now. What the page has read may be from an earlier hour. */
export function isLimitReached({ suspensionLimitReachedAt }: ApiKey, now: Date): boolean {
  return suspensionLimitReachedAt !== undefined && new Date(suspensionLimitReachedAt) >= startOfHour(now);
}
