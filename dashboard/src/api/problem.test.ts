import { expect, test } from "vitest";
import { Problem, asProblem, noAnswer, problemFrom } from "./problem";

test("the API's problem details become a problem with a sentence for each field", () => {
  const problem = problemFrom(400, {
    type: "urn:company-api-keys:problem:invalid-request",
    title: "The request is invalid",
    detail: "See errors.",
    errors: [{ field: "name", detail: "must have at most 100 characters" }],
    requestId: "R1",
  });
  expect(problem).toMatchObject({
    kind: "invalid-request",
    status: 400,
    message: "See errors.",
    requestId: "R1",
  });
  expect(problem.fields.get("name")).toBe("Must have at most 100 characters.");
  expect([problem.outcomeUnknown, problem.isTemporary]).toEqual([false, false]);
});

test("API Gateway's own error responses are problems too", () => {
  expect(problemFrom(401, { message: "Unauthorized" }).kind).toBe("unauthenticated");
  expect(problemFrom(429, { message: "Too Many Requests" })).toMatchObject({
    isTemporary: true,
    outcomeUnknown: false,
  });
  expect(problemFrom(503, { message: "Service Unavailable" })).toMatchObject({
    isTemporary: true,
    outcomeUnknown: true,
  });
  expect(problemFrom(404, { message: "Not Found" }).kind).toBe("http");
  expect(problemFrom(500, undefined).message).not.toBe("");
});

test("a missing response leaves the outcome unknown, and a bug in the page is not a problem of the API", () => {
  expect(noAnswer().outcomeUnknown).toBe(true);
  const problem = noAnswer();
  expect(asProblem(problem)).toBe(problem);
  expect(asProblem(new TypeError("x"))).toMatchObject({
    kind: "page",
    outcomeUnknown: false,
    isTemporary: false,
  });
  expect(asProblem("x")).toBeInstanceOf(Problem);
});
