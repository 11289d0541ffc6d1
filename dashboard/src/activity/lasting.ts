import { plural } from "../common/plural";

const UNITS = [
  ["day", 24 * 60 * 60],
  ["hour", 60 * 60],
  ["minute", 60],
] as const;

/** How long something lasts, in the largest unit in which it is a whole number: `1 day`, `36 hours`, `90 seconds`. */
export function lasting(seconds: number): string {
  const [unit, length] = UNITS.find(([, length]) => seconds % length === 0) ?? ["second", 1];
  return plural(seconds / length, unit);
}
