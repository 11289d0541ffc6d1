import { afterEach, expect, test, vi } from "vitest";
import { createApi } from "./client";
import { Problem } from "./problem";

afterEach(() => vi.unstubAllGlobals());

/** A network on which these tokens are rejected as API Gateway does it: the browser sees no response. */
function network(refused: string[]) {
  const seen: string[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    const token = request.headers.get("authorization")?.replace("Bearer ", "") ?? "";
    seen.push(`${request.method} ${token}`);
    if (refused.includes(token)) return Promise.reject(new TypeError("Failed to fetch"));
    return Promise.resolve(Response.json({ apiKeys: [] }));
  });
  return seen;
}

function api(replaced: () => Promise<string | undefined>) {
  return createApi("http://api.example", {
    accessToken: () => Promise.resolve("old"),
    replaced,
    refused: () => undefined,
  });
}

test("a token that the gateway rejects is replaced, and a request that only reads is sent again", async () => {
  const seen = network(["old"]);
  const { data } = await api(() => Promise.resolve("new")).GET("/admin/v1/api-keys");
  expect(data).toEqual({ apiKeys: [] });
  expect(seen).toEqual(["GET old", "GET new"]);
});

test("a request that changes something is not sent twice", async () => {
  const seen = network(["old"]);
  const body = { accounts: ["a"] };
  const sent = api(() => Promise.resolve("new")).POST("/admin/v1/accounts/suspend", { body });
  await expect(sent).rejects.toMatchObject({ kind: "network" });
  expect(seen).toEqual(["POST old"]);
});

test("without a network, the problem is a missing response", async () => {
  network(["old", "new"]);
  const offline = api(() => Promise.reject(new Problem("network", "", 0)));
  await expect(offline.GET("/admin/v1/api-keys")).rejects.toMatchObject({ kind: "network" });
  const tried = api(() => Promise.resolve(undefined));
  await expect(tried.GET("/admin/v1/api-keys")).rejects.toMatchObject({ kind: "network" });
});

test("if the session can't be renewed, the request fails because the session has ended", async () => {
  network(["old"]);
  const ended = api(() => Promise.reject(new Problem("unauthenticated", "", 401)));
  await expect(ended.GET("/admin/v1/api-keys")).rejects.toMatchObject({ kind: "unauthenticated" });
});
