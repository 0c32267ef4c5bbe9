import { randomUUID } from 'node:crypto';
import type { StreamWriter } from '@world/contract';

/**
 * Numbers the writes of this client, and makes one at a time to each stream: a write that arrives after a later one was made is
 * known by its number.
 */
export class StreamWriters {
  readonly #id = randomUUID();
  #seq = 0;
  /** By stream, as long as a write is under way: settled when the last one is answered, or given up. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Makes a write when those before it are answered. */
  write<T>(name: string, make: (writer: StreamWriter) => Promise<T>): Promise<T> {
    this.#seq += 1;
    const writer = { id: this.#id, seq: this.#seq };
    const before = this.#last.get(name) ?? Promise.resolve();
    const made = before.then(() => make(writer));
    const settled = made
      .catch(() => {})
      .then(() => {
        if (this.#last.get(name) === settled) this.#last.delete(name);
      });
    this.#last.set(name, settled);
    return made;
  }
}
