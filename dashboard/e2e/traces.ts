import type { CDPSession, Request } from "@playwright/test";
import type { Visitor } from "./world";

declare global {
  interface Window {
    /** Every byte array that the page made of a text. */
    encoded?: Uint8Array[];
  }
}

/** Everywhere that a page can leave a text. */
export const PLACES = [
  "heap",
  "bytes",
  "addresses of requests",
  "headers of requests",
  "bodies of requests",
  "console",
  "document",
  "fields",
  "session storage",
  "local storage",
  "IndexedDB",
  "caches",
  "cookies",
  "history",
] as const;
type Place = (typeof PLACES)[number];

/** What a page holds in each place. */
export class Held {
  constructor(private readonly contents: Record<Place, string>) {}

  /** The places that contain this text. */
  placesOf(text: string): Place[] {
    return PLACES.filter((place) => this.contents[place].includes(text));
  }
}

/** Sees everything that a page holds, and everything that it has sent since `watch`. */
export class Traces {
  readonly #visitor: Visitor;
  readonly #session: CDPSession;
  readonly requests: Request[] = [];
  readonly #said: string[] = [];

  private constructor(visitor: Visitor, session: CDPSession) {
    this.#visitor = visitor;
    this.#session = session;
    visitor.page.on("request", (request) => this.requests.push(request));
    visitor.page.on("console", (message) => this.#said.push(message.text()));
  }

  /** Begins to watch. The visitor must open a place after that. */
  static async watch(visitor: Visitor): Promise<Traces> {
    await visitor.page.addInitScript(() => {
      const encoded: Uint8Array[] = [];
      window.encoded = encoded;
      window.TextEncoder = class extends TextEncoder {
        override encode(text?: string) {
          const bytes = super.encode(text);
          encoded.push(bytes);
          return bytes;
        }
      };
    });
    return new Traces(visitor, await visitor.context.newCDPSession(visitor.page));
  }

  /** Everything that the page holds now. No text that is looked for is handed to the page. */
  async look(): Promise<Held> {
    // First the memory, because what reads the other places makes copies.
    const heap = await this.#heap();
    const bytes = await this.#bytes();
    const page = await this.#page();
    return new Held({
      heap,
      bytes,
      ...page,
      "addresses of requests": this.requests.map((request) => request.url()).join("\n"),
      "headers of requests": JSON.stringify(this.requests.map((request) => request.headers())),
      "bodies of requests": this.requests.map((request) => request.postData()).join("\n"),
      console: this.#said.join("\n"),
      cookies: JSON.stringify(await this.#visitor.context.cookies()),
      history: page.history + JSON.stringify(await this.#session.send("Page.getNavigationHistory")),
    });
  }

  /** The page's memory after a garbage collection, with the text of every string. */
  async #heap(): Promise<string> {
    const chunks: string[] = [];
    const collect = ({ chunk }: { chunk: string }) => chunks.push(chunk);
    this.#session.on("HeapProfiler.addHeapSnapshotChunk", collect);
    await this.#session.send("HeapProfiler.enable");
    await this.#session.send("HeapProfiler.collectGarbage");
    await this.#session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
    this.#session.off("HeapProfiler.addHeapSnapshotChunk", collect);
    return chunks.join("");
  }

  /** The byte arrays that the page has made of texts. A snapshot of the memory doesn't have their contents. */
  #bytes(): Promise<string> {
    return this.#visitor.page.evaluate(() =>
      JSON.stringify(window.encoded?.map((bytes) => new TextDecoder().decode(bytes))),
    );
  }

  /** What the page's own scripts can read. */
  #page(): Promise<
    Record<
      "document" | "fields" | "session storage" | "local storage" | "IndexedDB" | "caches" | "history",
      string
    >
  > {
    return this.#visitor.page.evaluate(async () => {
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(new Error("IndexedDB can't be read"));
        });
      const databases: unknown[] = [];
      for (const { name = "" } of await indexedDB.databases()) {
        const database = await done(indexedDB.open(name));
        for (const store of database.objectStoreNames) {
          const items = database.transaction(store).objectStore(store);
          databases.push(name, store, await done(items.getAll()), await done(items.getAllKeys()));
        }
        database.close();
      }
      const cached: string[] = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
          cached.push(name, request.url, (await (await cache.match(request))?.text()) ?? "");
        }
      }
      const fields = [...document.querySelectorAll("input, textarea")];
      return {
        document: document.documentElement.outerHTML + document.title,
        fields: JSON.stringify(fields.map((field) => (field as HTMLInputElement).value)),
        "session storage": JSON.stringify({ ...sessionStorage }),
        "local storage": JSON.stringify({ ...localStorage }),
        IndexedDB: JSON.stringify(databases),
        caches: JSON.stringify(cached),
        history: JSON.stringify(history.state) + location.href,
      };
    });
  }
}
