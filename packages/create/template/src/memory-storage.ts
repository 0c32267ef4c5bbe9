import { Listeners } from '@world/contract';
import { Records } from './records.js';
import type { Decision, Storage } from './storage.js';

/** To be replaced: the memory of this process, of which nothing is left when it ends, and which no other process sees. */
export class MemoryStorage implements Storage {
  readonly place: string;
  readonly #listeners = new Listeners();
  #records = new Records();

  constructor(place: string) {
    this.place = place;
  }

  async read<T>(look: (records: Records) => T): Promise<T> {
    return look(this.#records);
  }

  async commit<T>(decide: (records: Records) => Decision<T>): Promise<T> {
    const { answer, change } = decide(this.#records);
    if (change !== undefined) {
      for (const key of this.#records.apply(change)) this.#listeners.notify(key);
    }
    return answer;
  }

  async clear(): Promise<void> {
    const { streams } = this.#records;
    this.#records = new Records();
    for (const name of streams.keys()) this.#listeners.notify(name);
  }

  subscribe(key: string, onChange: () => void): () => void {
    return this.#listeners.add(key, onChange);
  }

  async close(): Promise<void> {}
}
