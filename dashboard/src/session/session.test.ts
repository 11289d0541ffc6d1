import { ErrorResponse } from "oidc-client-ts";
import { expect, test } from "vitest";
import { reasonOf } from "./session";

const refused = (error_description: string) =>
  reasonOf(new ErrorResponse({ error: "invalid_request", error_description }));

test("the trigger's reason is found after Cognito's own words", () => {
  const words = "PreTokenGeneration failed with error";
  expect(refused(`${words} account-suspended: this account is suspended.`)).toBe("account-suspended");
  expect(refused(`${words} account-unknown: no account is bound to this sign-in.`)).toBe("account-unknown");
  expect(refused(`${words} unavailable: try again.`)).toBe("unavailable");
});

test("other refusals and missing responses have reasons too", () => {
  expect(refused("User cancelled")).toBe("refused");
  expect(reasonOf(new ErrorResponse({ error: "invalid_grant" }))).toBe("refused");
  expect(reasonOf(new TypeError("Failed to fetch"))).toBe("unavailable");
  expect(reasonOf(new Error("No matching state found in storage"))).toBe("refused");
});
