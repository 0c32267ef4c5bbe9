import { Bell } from '../bell.js';
import { worldError } from '../errors.js';
import type { OpenCalls } from '../open-calls.js';
import type { StreamSlice, StreamStore } from './stream-store.js';

/** What a reader holds in memory at most: chunks, and bytes unless one chunk has more. */
const PAGE = { limit: 256, maxBytes: 1024 * 1024 } as const;

export interface StreamReaderOptions {
  readonly store: StreamStore;
  readonly calls: OpenCalls;
  readonly name: string;
  /** Position of the first chunk to give. */
  readonly from: number;
  /** Chunks that the stream is known to have. */
  readonly seen: number;
  /** How long it waits for a notification before it looks by itself: catch-up never depends on notifications. */
  readonly lookMs: number;
}

/**
 * A live reader: one chunk per pull, and nothing is read before a pull. While a pull waits for a chunk it has a timer,
 * and from its first wait on a listener; `cancel`, the end, a failure and a closed world leave neither.
 */
export function createStreamReader(options: StreamReaderOptions): ReadableStream<Uint8Array> {
  const chunks = new ChunkReader(options);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await chunks.next();
        if (chunks.cancelled) return;
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => chunks.cancel(),
    },
    { highWaterMark: 0 },
  );
}

class ChunkReader {
  readonly #options: StreamReaderOptions;
  readonly #bell = new Bell();
  readonly #read: StreamStore['read'];
  #unsubscribe: (() => void) | undefined;
  #page: readonly Uint8Array[] = [];
  /** How many chunks of the page are given. */
  #given = 0;
  /** Position behind the page. */
  #position: number;
  /** The most chunks that the stream was seen to have; it has fewer only after it was removed. */
  #seen: number;
  /** The page is the last one. */
  #last = false;
  #cancelled = false;

  constructor(options: StreamReaderOptions) {
    const { store, calls } = options;
    this.#options = options;
    this.#position = options.from;
    this.#seen = options.seen;
    // A call like any other: refused when the world is closed, which waits for it otherwise.
    this.#read = calls.guard({ read: (range) => store.read(range) } satisfies Pick<
      StreamStore,
      'read'
    >).read;
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** The next chunk, as soon as there is one; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    try {
      this.#options.calls.assertOpen();
      for (;;) {
        const chunk = this.#page[this.#given];
        if (chunk !== undefined) {
          this.#given += 1;
          return chunk;
        }
        if (this.#last || this.#cancelled) {
          this.#unlisten();
          return undefined;
        }
        await this.#load();
      }
    } catch (error) {
      this.#unlisten();
      throw error;
    }
  }

  cancel(): void {
    this.#cancelled = true;
    this.#page = [];
    this.#unlisten();
    this.#bell.ring();
  }

  /** Reads the next page; waits when there is nothing to read. */
  async #load(): Promise<void> {
    const { name } = this.#options;
    // A long stream would keep embedded stores, and with them the event loop, busy to its end.
    if (this.#page.length > 0) await new Promise((resolve) => setImmediate(resolve));
    const slice = await this.#read({ name, from: this.#position, ...PAGE });
    if (this.#cancelled) return;
    this.#take(slice);
    if (this.#page.length > 0 || this.#last) return;
    // What came before the listener did is read, not notified.
    if (this.#listen()) return;
    await this.#wait();
  }

  #take({ chunks, length, ended }: StreamSlice): void {
    if (length < this.#seen) {
      const { name } = this.#options;
      throw worldError('STREAM_REMOVED', `stream ${name} was removed while it was read`, {
        details: { name },
      });
    }
    this.#seen = length;
    this.#page = chunks;
    this.#given = 0;
    this.#position += chunks.length;
    this.#last = ended && this.#position >= length;
  }

  /** True when nothing listened before. */
  #listen(): boolean {
    if (this.#unsubscribe !== undefined) return false;
    const { store, calls, name } = this.#options;
    const unsubscribe = store.subscribe(name, this.#bell.ring);
    // Also of a reader that nobody reads on: stores outlive their worlds.
    const endClosing = calls.onClosing(() => {
      this.#unlisten();
      this.#bell.ring();
    });
    this.#unsubscribe = () => {
      unsubscribe();
      endClosing();
    };
    return true;
  }

  #unlisten(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  async #wait(): Promise<void> {
    const { calls, lookMs } = this.#options;
    calls.assertOpen();
    await this.#bell.wait(lookMs);
  }
}
