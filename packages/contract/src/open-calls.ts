import { worldError } from './errors.js';
import { FairTurns } from './fair-turns.js';

/**
 * The calls of a world: refused once it is closed, answered before it is, with a turn of the event loop between them now
 * and then.
 */
export class OpenCalls {
  readonly #closing = new AbortController();
  readonly #turns = new FairTurns();
  readonly #onClosing = new Set<() => void>();
  #running = 0;
  /** Who waits until nothing runs. */
  readonly #onSettled = new Set<() => void>();

  /** Aborted when the world is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Calls back when the world is closed; returns what ends it. Any number may: a signal warns of more than ten. */
  onClosing(listener: () => void): () => void {
    this.#onClosing.add(listener);
    return () => this.#onClosing.delete(listener);
  }

  /** @throws WORLD_CLOSED */
  assertOpen(): void {
    if (this.closing.aborted) throw worldError('WORLD_CLOSED', 'the world was closed');
  }

  /** The same methods as calls of this world; whatever they throw, and `WORLD_CLOSED`, rejects. */
  guard<T extends object>(methods: T): T {
    const guarded = Object.entries(methods).map(([name, method]) => {
      const call = method as (...args: unknown[]) => unknown;
      return [name, (...args: unknown[]) => this.#run(() => call(...args))] as const;
    });
    return Object.fromEntries(guarded) as T;
  }

  async #run(call: () => unknown): Promise<unknown> {
    this.assertOpen();
    this.#running += 1;
    try {
      const turn = this.#turns.next();
      if (turn !== undefined) await turn;
      return await call();
    } finally {
      this.#running -= 1;
      if (this.#running === 0) for (const settled of this.#onSettled) settled();
    }
  }

  /** Refuses further calls, and resolves when all that were begun are answered. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const listener of this.#onClosing) listener();
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#onSettled.add(resolve);
    });
  }
}
