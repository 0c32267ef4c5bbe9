import type {
  StreamOutcome,
  StreamRange,
  StreamSlice,
  StreamState,
  StreamStore,
  StreamWrite,
} from '@world/contract';
import type { Records } from './records.js';
import type { Storage } from './storage.js';

const stateOf = (records: Records, name: string): StreamState => {
  const stream = records.streams.get(name);
  return { length: stream?.chunks.length ?? 0, ended: stream?.ended ?? false };
};

/** The streams of a namespace. */
export class Streams implements StreamStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async write(stream: StreamWrite): Promise<StreamOutcome> {
    const { name, writer } = stream;
    return this.#storage.commit<StreamOutcome>((records) => {
      const before = records.streams.get(name);
      const last = before?.writers.get(writer?.id ?? '') ?? 0;
      if (writer !== undefined && writer.seq <= last) return { answer: 'known' };
      if (before?.ended) return { answer: 'ended' };
      return { answer: 'written', change: { stream } };
    });
  }

  async read({ name, from, limit, maxBytes }: StreamRange): Promise<StreamSlice> {
    return this.#storage.read((records) => {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for (const chunk of records.streams.get(name)?.chunks.slice(from, from + limit) ?? []) {
        bytes += chunk.byteLength;
        if (bytes > maxBytes && chunks.length > 0) break;
        // The caller's own: what it does to them must not change what is stored.
        chunks.push(chunk.slice());
      }
      return { chunks, ...stateOf(records, name) };
    });
  }

  async state(name: string): Promise<StreamState> {
    return this.#storage.read((records) => stateOf(records, name));
  }

  async namesOf(runId: string): Promise<readonly string[]> {
    return this.#storage.read((records) =>
      [...records.streams].filter(([, stream]) => stream.runId === runId).map(([name]) => name),
    );
  }

  subscribe(name: string, onChange: () => void): () => void {
    return this.#storage.subscribe(name, onChange);
  }
}
