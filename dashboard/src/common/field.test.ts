import { expect, test } from "vitest";
import { problemFrom } from "../api/problem";
import { complaint, otherComplaints } from "./field";

const PROBLEM = problemFrom(400, {
  type: "urn:company-api-keys:problem:invalid-request",
  detail: "See errors.",
  errors: [
    { field: "name", detail: "must be shorter" },
    { field: "scopes[1]", detail: "must be a scope" },
    { field: "nameless", detail: "must not be there" },
  ],
});

test("each error of the API belongs to its own field, and none is omitted", () => {
  expect(complaint(PROBLEM, "name")).toBe("Must be shorter.");
  expect(complaint(PROBLEM, "scopes")).toBe("Must be a scope.");
  expect(complaint(PROBLEM, "expiresAt")).toBe("");
  expect(complaint(undefined, "name")).toBe("");
  expect(otherComplaints(PROBLEM, ["name", "scopes"])).toEqual([["nameless", "Must not be there."]]);
});
