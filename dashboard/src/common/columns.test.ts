import { expect, test } from "vitest";
import { fitting } from "./columns";

const COLUMNS = [
  { id: "name", minWidth: 150 },
  { id: "owner", minWidth: 200, leaves: 1 },
  { id: "created", minWidth: 100, leaves: 2 },
  { id: "actions", minWidth: 150 },
];

test.each([
  [600, ["name", "owner", "created", "actions"], [], 600],
  [599, ["name", "owner", "actions"], ["created"], 500],
  [499, ["name", "actions"], ["owner", "created"], 300],
  [10, ["name", "actions"], ["owner", "created"], 300],
])("in %j px", (width, shown, left, needed) => {
  const found = fitting(COLUMNS, width);
  expect(found.shown.map(({ id }) => id)).toEqual(shown);
  expect(found.needed).toBe(needed);
  expect(found.left.map(({ id }) => id)).toEqual(left);
});
