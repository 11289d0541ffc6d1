import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  type BrowserContext,
  type BrowserContextOptions,
  type CDPSession,
  chromium,
  expect,
  type Locator,
  type Page,
} from "@playwright/test";
import type { ApiKey } from "../src/api/client";

export const ADMIN = "admin@acme.example";
export const SECOND_ADMIN = "second-admin@acme.example";
export const MEMBER = "member-1@acme.example";
export const BASIC_ADMIN = "admin@basic.example";

const ROOT = join(import.meta.dirname, "../..");
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** The time limit for anything in the page, in milliseconds. It is long, because the machine may be busy. */
const PATIENCE = 30_000;

/**
 * The height of a window of this width in which axe looks. axe takes labels that a dialog has scrolled out of the window for
 * hidden ones, so a narrow window is as high as the longest dialog.
 */
export function heightOf(width: number): number {
  return width < 700 ? 1_500 : 900;
}

/** A running stack with its demonstration, as `cargo run` starts it. It keeps no data. */
export class Stack {
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    /** `http://127.0.0.1:PORT`: API and issuer. */
    readonly api: string,
    /** `http://localhost:PORT`: the page. The API has another origin, as on AWS. */
    readonly page: string,
  ) {
    this.#child = child;
  }

  static async start(): Promise<Stack> {
    const options = ["--in-memory", "--port", "0", "--no-page"];
    const child = spawn("cargo", ["run", "--quiet", "--package", "local", "--", ...options], {
      cwd: ROOT,
      detached: true,
      env: { ...process.env, RUST_LOG: "warn" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const api = /^listening on (http:\S+)$/.exec(line)?.[1];
      if (api) return new Stack(child, api, api.replace("127.0.0.1", "localhost"));
    }
    throw new Error("the stack did not start");
  }

  stop(): void {
    if (this.#child.pid) process.kill(-this.#child.pid, "SIGTERM");
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.api + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  }

  /** Runs an operator's request. */
  async provision(request: Record<string, unknown>): Promise<void> {
    const response = await this.post("/local/provision", { operator: "Test", ...request });
    expect(response.status, await response.text()).toBe(200);
  }

  /** The Authorization header of a person, without a browser. */
  async bearer(email: string): Promise<string> {
    const response = await this.post("/local/token", { email });
    const { access_token } = (await response.json()) as { access_token: string };
    return `Bearer ${access_token}`;
  }

  /** Calls the admin plane as a person. */
  async as<T>(email: string, path: string, body?: unknown): Promise<T> {
    const authorization = await this.bearer(email);
    const response = body
      ? await this.post(path, body, { authorization })
      : await fetch(this.api + path, { headers: { authorization } });
    expect(response.ok, `${path} ${response.status}`).toBe(true);
    return (await response.json()) as T;
  }

  async createKey(email: string, name: string): Promise<{ keyId: string; key: string; mask: string }> {
    return this.as(email, "/admin/v1/api-keys", { name, scopes: ["deprovisioning"] });
  }

  /** Calls the Deprovisioning API with a key. Returns the status. */
  async suspendWith(key: string, account: string): Promise<number> {
    const path = `/enterprise/v1/accounts/${encodeURIComponent(account)}/suspend`;
    const response = await fetch(this.api + path, {
      method: "POST",
      headers: { authorization: `apikey ${key}` },
    });
    return response.status;
  }
}

/** A browser of its own for one test. */
export class Visitor {
  /** The errors and warnings in the page's console. */
  readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly stack: Stack,
    private readonly folder: string,
  ) {}

  /** Presses Tab, at most this often, until an element with this name has the focus. */
  async tabTo(name: string, most: number): Promise<void> {
    for (let presses = 0; presses < most; presses += 1) {
      if ((await this.focused()).includes(name)) return;
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`the Tab key does not reach ${name}`);
  }

  /** The name and text of the element that has the focus. */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return "";
      return `${element?.getAttribute("aria-label") ?? ""} ${element?.textContent ?? ""}`;
    });
  }

  /** Scrolls to an element, even if it is rendered anew meanwhile, as in a list that becomes cards. */
  async scrollTo(element: Locator): Promise<void> {
    await expect(() => element.scrollIntoViewIfNeeded({ timeout: 1_000 })).toPass({ timeout: PATIENCE });
  }

  static async start(stack: Stack, options: BrowserContextOptions = {}): Promise<Visitor> {
    const executablePath = process.env.CHROMIUM ?? BROWSERS.find((path) => existsSync(path));
    if (!executablePath) {
      throw new Error("Chromium is missing: install it (apt install chromium), or name it in CHROMIUM");
    }
    const folder = await mkdtemp(join(tmpdir(), "dashboard-e2e-"));
    const context = await chromium.launchPersistentContext(folder, {
      executablePath,
      args: FLAGS,
      viewport: { width: 1280, height: 900 },
      locale: "en-US",
      timezoneId: "Europe/Berlin",
      // An element that fades in has other colors for a while.
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    const page = context.pages()[0] ?? (await context.newPage());
    const visitor = new Visitor(context, page, stack, folder);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) visitor.complaints.push(message.text());
    });
    page.on("pageerror", (error) => visitor.complaints.push(String(error)));
    return visitor;
  }

  async stop(): Promise<void> {
    await this.context.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Disables the cache. Returns the session that controls the browser, and the number of bytes loaded since. */
  async countBytes(): Promise<{ session: CDPSession; bytes: () => number }> {
    const session = await this.context.newCDPSession(this.page);
    let bytes = 0;
    session.on("Network.loadingFinished", ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    await session.send("Network.enable");
    await session.send("Network.setCacheDisabled", { cacheDisabled: true });
    return { session, bytes: () => bytes };
  }

  /** Opens a place of the page. */
  async open(place: string): Promise<void> {
    await this.page.goto(this.stack.page + place);
  }

  /** Signs in on the issuer's page. */
  async pick(email: string): Promise<void> {
    await this.page.getByLabel("Another account", { exact: true }).fill(email);
    await this.page.getByRole("button", { name: "Sign in" }).click();
  }

  /** From now on, lists show every revocation as broken off. Returns what ends this. */
  async breakOffRevocations(): Promise<() => Promise<void>> {
    const list = /\/admin\/v1\/api-keys(\?|$)/;
    await this.page.route(list, async (route) => {
      if (route.request().method() !== "GET") return route.fallback();
      const response = await route.fetch();
      const json = (await response.json()) as { apiKeys: ApiKey[] };
      for (const key of json.apiKeys) key.revocationBeganAt = "2026-02-01T09:30:00.000Z";
      return route.fulfill({ response, json });
    });
    return () => this.page.unroute(list);
  }

  /** Opens a place and signs in as this person. */
  async signIn(email: string, place = "/"): Promise<void> {
    await this.open(place);
    await this.pick(email);
    await this.page.waitForURL(this.stack.page + place);
  }

  button(name: string) {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** The dialog that is open. */
  get dialog() {
    return this.page.getByRole("dialog");
  }

  inDialog(name: string) {
    return this.dialog.getByRole("button", { name, exact: true });
  }

  text(text: string | RegExp) {
    return this.page.getByText(text).first();
  }

  /** The checkbox of a scope with this title, in a dialog or on the page. Another one may be its read-only scope. */
  scope(title: string) {
    return this.page.getByRole("checkbox", { name: new RegExp(`^${title} (Works for|APIs on offer)`) });
  }

  /** The row of a table that contains this text. */
  row(text: string) {
    return this.page.getByRole("row").filter({ has: this.page.getByText(text, { exact: true }) });
  }

  /** The accessibility errors that axe finds in the current page. */
  async violations(): Promise<string[]> {
    // The debugger runs axe, because the page's policy allows no other script. A document that has axe keeps it.
    if (!(await this.page.evaluate(() => "axe" in window))) await this.page.evaluate(AXE);
    return this.page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
      // All rules run. Of what isn't a violation, axe then collects no details.
      const { violations } = await axe.run({ resultTypes: ["violations"] });
      return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`,
      );
    });
  }
}

interface AxeResults {
  violations: { id: string; nodes: { target: string[] }[] }[];
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
