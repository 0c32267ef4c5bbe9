import {
  Listeners,
  type StreamOutcome,
  type StreamRange,
  type StreamSlice,
  type StreamState,
  type StreamStore,
  type StreamWrite,
} from '@world/contract';
import type { Use } from './connection.js';

/** The streams of a namespace. Writes of this world are notified; its readers look for those of others. */
export class SqliteStreams implements StreamStore {
  readonly #use: Use;
  readonly #listeners = new Listeners();

  constructor(use: Use) {
    this.#use = use;
  }

  async write(write: StreamWrite): Promise<StreamOutcome> {
    const outcome = await this.#use((connection) =>
      connection.write(() => connection.streams.write(write)),
    );
    if (outcome === 'written') this.#listeners.notify(write.name);
    return outcome;
  }

  read(range: StreamRange): Promise<StreamSlice> {
    return this.#use(({ streams }) => streams.read(range));
  }

  state(name: string): Promise<StreamState> {
    return this.#use(({ streams }) => streams.state(name));
  }

  namesOf(runId: string): Promise<readonly string[]> {
    return this.#use(({ streams }) => streams.namesOf(runId));
  }

  subscribe(name: string, onChange: () => void): () => void {
    return this.#listeners.add(name, onChange);
  }
}
