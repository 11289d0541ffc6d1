import createClient, { type Client } from "openapi-fetch";
import { answerTooLate, noAnswer, Problem, problemFrom } from "./problem";
import type { components, paths } from "./schema";

export type Account = components["schemas"]["Account"];
export type AccountResult = components["schemas"]["AccountResult"];
export type AuditAction = components["schemas"]["Action"];
/** An event, as the audit log lists it. */
export type AuditEvent = components["schemas"]["AuditEvent"];
export type AuditParty = components["schemas"]["AuditParty"];
export type ApiKey = components["schemas"]["ApiKey"];
export type ApiKeyDetails = components["schemas"]["ApiKeyDetails"];
/** A key that was found by the digest of one of its secrets. */
export type FoundApiKey = components["schemas"]["FoundApiKey"];
export type NetworksTrial = components["schemas"]["NetworksTrial"];
export type SeenNetworks = components["schemas"]["SeenNetworks"];
export type KeySuspension = components["schemas"]["KeySuspension"];
export type KeyUses = components["schemas"]["KeyUses"];
/** The changes of a key. What is absent stays as it is. */
export type KeyChanges = components["schemas"]["ApiKeyChanges"];
export type CreatedApiKey = components["schemas"]["CreatedApiKey"];
export type RepeatedApiKey = components["schemas"]["RepeatedApiKey"];
export type RotatedApiKey = components["schemas"]["RotatedApiKey"];
export type NewApiKey = components["schemas"]["NewApiKey"];
export type NewApiKeySecret = components["schemas"]["NewApiKeySecret"];
export type Me = components["schemas"]["Me"];
export type Scope = components["schemas"]["Scope"];
export type ScopeId = components["schemas"]["ScopeId"];
export type KeyPolicy = components["schemas"]["KeyPolicy"];
/** A policy to be set. */
export type NewKeyPolicy = components["schemas"]["NewKeyPolicy"];
export type KeyPolicyState = components["schemas"]["KeyPolicyState"];
export type BreakingKey = components["schemas"]["BreakingKey"];
/** Which mails an administrator gets. */
export type MailChoices = components["schemas"]["Notifications"];
export type MailKind = components["schemas"]["MailKind"]["kind"];
/** The kinds of mail that an administrator turns on or off. What is absent stays as it is. */
export type MailChanges = components["schemas"]["NotificationChanges"]["kinds"];
export type HoldReason = components["schemas"]["HoldReason"];

type LogPath = "/admin/v1/audit-log";
type LogOperation = paths[LogPath]["get"];
type LogResponses = LogOperation["responses"];
/** A page of the audit log in the log's own form. */
type LogPage = Omit<LogResponses[200], "content"> & {
  content: { "application/json": components["schemas"]["AuditEventLog"] };
};

/** The routes, without the form of the audit log that the dashboard never asks for (OCSF). */
type DashboardPaths = Omit<paths, LogPath> &
  Record<
    LogPath,
    Omit<paths[LogPath], "get"> & {
      get: Omit<LogOperation, "responses"> & { responses: Omit<LogResponses, 200> & Record<200, LogPage> };
    }
  >;

/** The API of the Company Dashboard. Every method throws a `Problem` if the API refuses or doesn't respond. */
export type Api = Client<DashboardPaths>;

/** Milliseconds after which a request that only reads counts as failed. */
const READING_LIMIT = 20_000;
/** The same for a request that changes something. It is a little more than API Gateway waits for the outcome. */
const WRITING_LIMIT = 31_000;

/** What the client needs to know about the person who is signed in. */
export interface Credentials {
  /** The access token, renewed if it is about to expire. */
  accessToken: () => Promise<string>;
  /** A new access token to replace one that got no response. None if that was tried a moment ago. */
  replaced: (token: string) => Promise<string | undefined>;
  /** The API no longer accepts the session. */
  refused: (kind: string) => void;
}

/** Problems after which the person must sign in again. */
const SESSION_ENDED = new Set(["unauthenticated", "account-suspended"]);

/** A client for the API at this address. */
export function createApi(address: string, credentials: Credentials): Api {
  return createClient<DashboardPaths>({
    baseUrl: address,
    async fetch(request) {
      const token = await credentials.accessToken();
      const again = request.method === "GET" ? request.clone() : undefined;
      let answer: Answer;
      try {
        answer = await send(request, token);
      } catch (error) {
        // API Gateway rejects a token without CORS headers, so it looks like a missing response.
        const fresh = isNoAnswer(error) ? await credentials.replaced(token) : undefined;
        // A request that changes something is not sent twice without asking the person.
        if (!fresh || !again) throw error;
        answer = await send(again, fresh);
      }
      const { response, body } = answer;
      if (!response.ok) {
        const problem = problemFrom(response.status, parse(body));
        if (SESSION_ENDED.has(problem.kind)) credentials.refused(problem.kind);
        throw problem;
      }
      return new Response(body, response);
    },
  });
}

interface Answer {
  response: Response;
  body: string;
}

async function send(request: Request, token: string): Promise<Answer> {
  const limit = AbortSignal.timeout(request.method === "GET" ? READING_LIMIT : WRITING_LIMIT);
  const signal = AbortSignal.any([request.signal, limit]);
  const authorized = new Request(request, { cache: "no-store", signal });
  authorized.headers.set("Authorization", `Bearer ${token}`);
  try {
    const response = await fetch(authorized);
    return { response, body: await response.text() };
  } catch {
    throw limit.aborted ? answerTooLate() : noAnswer();
  }
}

function isNoAnswer(error: unknown): boolean {
  return error instanceof Problem && error.kind === "network";
}

/** The data of a response. Error responses were thrown before. */
export async function data<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw problemFrom(502, undefined);
  return data;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
