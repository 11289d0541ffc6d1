/** An error response of the API, or a missing response. The message is for the person who uses the page. */
export class Problem extends Error {
  override name = "Problem";

  constructor(
    /** The problem type's name (`key-mismatch`); `network` if there was no response, `timeout` if it took too long,
     * `http` for any other error response. */
    readonly kind: string,
    message: string,
    /** 0 if there was no response. */
    readonly status: number,
    /** What is wrong with each wrong field of the request. */
    readonly fields: ReadonlyMap<string, string> = new Map(),
    /** Identifies the request in the service's logs. */
    readonly requestId?: string,
  ) {
    super(message);
  }

  /** Whether the request may still have been carried out. */
  get outcomeUnknown(): boolean {
    return this.status === 0 || this.status >= 500;
  }

  /** Whether the same request may succeed in a moment. */
  get isTemporary(): boolean {
    return this.outcomeUnknown || this.status === 429;
  }

  /** Whether to repeat the request at once, without asking the person. */
  get mayRetryNow(): boolean {
    return this.isTemporary && this.kind !== "timeout";
  }
}

const TYPE_PREFIX = "urn:company-api-keys:problem:";

/** The problem in an error response: RFC 9457 problem details, or API Gateway's own form (`{"message": "Unauthorized"}`). */
export function problemFrom(status: number, body: unknown): Problem {
  const details = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const type = typeof details.type === "string" ? details.type : "";
  if (type.startsWith(TYPE_PREFIX)) {
    const errors = Array.isArray(details.errors) ? details.errors : [];
    const fields = new Map(errors.map(({ field, detail }) => [String(field), sentence(String(detail))]));
    return new Problem(
      type.slice(TYPE_PREFIX.length),
      [details.detail, details.title].find((text) => typeof text === "string") ?? "",
      status,
      fields,
      typeof details.requestId === "string" ? details.requestId : undefined,
    );
  }
  if (status === 401) return new Problem("unauthenticated", "Your session has ended. Sign in again.", status);
  if (status === 429) {
    return new Problem("too-many-requests", "Too many requests at once. Try again in a minute.", status);
  }
  if (status >= 500) {
    return new Problem("unavailable", "The service is not responding. Try again in a minute.", status);
  }
  return new Problem(
    "http",
    `The service refused this request (${status}). Reload the page and try again.`,
    status,
  );
}

/** `must be a name` as a sentence. */
function sentence(detail: string): string {
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
}

/** There was no response. */
export function noAnswer(): Problem {
  return new Problem("network", "The service did not respond. Check your connection and try again.", 0);
}

/** There was no response within the time limit. */
export function answerTooLate(): Problem {
  return new Problem("timeout", "The service took too long to respond. Try again.", 0);
}

/** Any error as a problem. An error of another kind is a bug in the page. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem("page", "Something went wrong in this page. Reload it and try again.", -1);
}
