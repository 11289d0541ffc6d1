import { ErrorResponse, type User, UserManager, WebStorageStateStore } from "oidc-client-ts";
import type { Credentials } from "../api/client";
import { noAnswer, Problem } from "../api/problem";
import { forgetKept } from "../common/kept";
import { goAndComeBack } from "../common/losses";
import type { Config } from "../config";

/** Why a person is at the sign-in page. */
export type Reason = "account-suspended" | "account-unknown" | "unavailable" | "session-ended" | "refused";

/** What is known about the person who uses the page. */
export type SessionState =
  | { status: "restoring" }
  | { status: "signed-out"; reason?: Reason }
  | { status: "signed-in"; subject: string; email: string };

/** The scope that the admin plane requires of a token. */
const SCOPE = "openid email company-api-keys/admin";
/** A token is renewed this many seconds before it expires. */
const RENEWAL = 60;

/** A token is replaced at most once in this many milliseconds, so that an outage doesn't flood the issuer. */
const REPLACING_PAUSE = 30_000;

/**
 * Signs in with OpenID Connect (authorization code with PKCE). Tokens are stored only in the tab's session storage. They
 * end with the tab, and no other tab or later visitor finds them.
 */
export class Session implements Credentials {
  readonly #users: UserManager;
  readonly #config: Config;
  readonly #listeners = new Set<() => void>();
  #state: SessionState = { status: "restoring" };
  #renewal: Promise<User> | undefined;
  #replacedAt = 0;
  readonly #holds = new Set<object>();
  /** Why the session ended, while the page is still held. */
  #heldEnd: Reason | undefined;

  constructor(config: Config, origin = window.location.origin) {
    this.#config = config;
    const storage = new WebStorageStateStore({ store: window.sessionStorage });
    this.#users = new UserManager({
      authority: config.issuer,
      client_id: config.clientId,
      redirect_uri: `${origin}/callback`,
      scope: SCOPE,
      userStore: storage,
      stateStore: storage,
      // A timer and requests ask for a renewal. This class makes sure that there is only one at a time.
      automaticSilentRenew: false,
      accessTokenExpiringNotificationTimeInSeconds: RENEWAL,
      requestTimeoutInSeconds: 20,
      revokeTokensOnSignout: true,
      revokeTokenTypes: ["refresh_token"],
    });
    this.#users.events.addAccessTokenExpiring(() => {
      this.#renew().catch(() => undefined);
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): SessionState => this.#state;

  /** Restores the session after a reload. */
  async restore(): Promise<void> {
    const user = await this.#users.getUser();
    if (user) this.#admit(user);
    else this.#become({ status: "signed-out" });
  }

  /** Goes to the issuer's sign-in page, which returns to this place. */
  async signIn(place: string): Promise<void> {
    await goAndComeBack(() => this.#users.signinRedirect({ state: place }));
  }

  /** Completes the return from the issuer. Gives the place to continue at. */
  async finishSignIn(): Promise<string> {
    try {
      const user = await this.#users.signinCallback();
      if (!user) throw new Error("no user");
      this.#admit(user);
      return isPlace(user.state) ? user.state : "/";
    } catch (error) {
      this.#become({ status: "signed-out", reason: reasonOf(error) });
      return "/sign-in";
    }
  }

  /** Signs out here and at the issuer, whose page leads to `/signed-out`. */
  async signOut(): Promise<void> {
    await this.#users.revokeTokens(["refresh_token"]).catch(() => undefined);
    await this.#users.removeUser();
    forgetKept();
    const address = new URL(`${this.#config.signInAddress}/logout`);
    // Cognito's logout endpoint requires these two parameters. RP-initiated logout has another name for the second.
    address.searchParams.set("client_id", this.#config.clientId);
    address.searchParams.set("logout_uri", `${window.location.origin}/signed-out`);
    window.location.assign(address);
  }

  readonly accessToken = async (): Promise<string> => {
    const user = await this.#users.getUser();
    if (!user) throw this.#ended("session-ended");
    if ((user.expires_in ?? 0) > RENEWAL) return user.access_token;
    return (await this.#renew()).access_token;
  };

  /** Renews the token, unless it has been renewed since then, or a renewal was tried a moment ago. */
  readonly replaced = async (token: string): Promise<string | undefined> => {
    const user = await this.#users.getUser();
    if (user && user.access_token !== token) return user.access_token;
    const now = Date.now();
    if (!user || now - this.#replacedAt < REPLACING_PAUSE) return undefined;
    this.#replacedAt = now;
    return (await this.#renew()).access_token;
  };

  /** The issuer's sign-in page can't be reached. */
  unreachable(): void {
    this.#become({ status: "signed-out", reason: "unavailable" });
  }

  /** Keeps the page unchanged, even if the session ends, until the returned function is called. */
  hold(): () => void {
    const hold = {};
    this.#holds.add(hold);
    return () => {
      this.#holds.delete(hold);
      if (this.#holds.size > 0 || !this.#heldEnd) return;
      const reason = this.#heldEnd;
      this.#heldEnd = undefined;
      if (this.#state.status !== "signed-out") this.#become({ status: "signed-out", reason });
    };
  }

  readonly refused = (kind: string): void => {
    this.#ended(kind === "account-suspended" ? kind : "session-ended");
  };

  #renew(): Promise<User> {
    this.#renewal ??= this.#renewed().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renewed(): Promise<User> {
    let user: User | null;
    try {
      user = await this.#users.signinSilent();
    } catch (error) {
      const reason = reasonOf(error);
      // The issuer did not respond. The session continues, and the next request tries again.
      if (reason === "unavailable") throw noAnswer();
      throw this.#ended(reason === "refused" ? "session-ended" : reason);
    }
    if (!user) throw this.#ended("session-ended");
    this.#admit(user);
    return user;
  }

  #ended(reason: Reason): Problem {
    void this.#users.removeUser();
    if (this.#holds.size > 0) this.#heldEnd ??= reason;
    else if (this.#state.status !== "signed-out") this.#become({ status: "signed-out", reason });
    return new Problem("unauthenticated", "Your session has ended. Sign in again.", 401);
  }

  #admit(user: User): void {
    const { sub, email } = user.profile;
    const [subject, address] = [sub, email ?? sub];
    const { status } = this.#state;
    if (status === "signed-in" && this.#state.subject === subject) return;
    this.#become({ status: "signed-in", subject, email: address });
  }

  #become(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** Whether this is an address of this page. An address that begins with two slashes is on another site. */
function isPlace(value: unknown): value is string {
  return typeof value === "string" && /^\/(?![/\\])/.test(value);
}

const KINDS = ["account-suspended", "account-unknown", "unavailable"] as const;

/**
 * Why the issuer gave no token. The reason of the pre-token-generation trigger is in `error_description`, after Cognito's
 * own words.
 */
export function reasonOf(error: unknown): Reason {
  if (!(error instanceof ErrorResponse)) return isNoAnswer(error) ? "unavailable" : "refused";
  const description = error.error_description ?? "";
  return KINDS.find((kind) => description.includes(kind)) ?? "refused";
}

/** Whether there was no response. `fetch` fails with a TypeError, and oidc-client-ts's time limit with an ErrorTimeout. */
function isNoAnswer(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Error && error.name === "ErrorTimeout");
}
