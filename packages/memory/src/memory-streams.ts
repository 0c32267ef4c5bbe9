import {
  Listeners,
  type StreamOutcome,
  type StreamRange,
  type StreamSlice,
  type StreamState,
  type StreamStore,
  type StreamWrite,
} from '@world/contract';

interface Stream {
  readonly chunks: Uint8Array[];
  ended: boolean;
  /** Number of each writer's last write. */
  readonly writers: Map<string, number>;
}

/** The streams of one namespace, shared by all instances that open it in this process. */
export class MemoryStreams implements StreamStore {
  readonly #streams = new Map<string, Stream>();
  readonly #namesOf = new Map<string, Set<string>>();
  readonly listeners: Listeners = new Listeners();

  /** Number of streams. */
  get size(): number {
    return this.#streams.size;
  }

  async write({ name, runId, chunks, end, writer }: StreamWrite): Promise<StreamOutcome> {
    const stream = this.#streams.get(name) ?? this.#add(name, runId);
    if (writer !== undefined && writer.seq <= (stream.writers.get(writer.id) ?? 0)) return 'known';
    if (stream.ended) return 'ended';
    for (const chunk of chunks) stream.chunks.push(chunk);
    stream.ended = end;
    if (writer !== undefined) stream.writers.set(writer.id, writer.seq);
    this.listeners.notify(name);
    return 'written';
  }

  async read({ name, from, limit, maxBytes }: StreamRange): Promise<StreamSlice> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (const chunk of this.#streams.get(name)?.chunks.slice(from, from + limit) ?? []) {
      bytes += chunk.byteLength;
      if (chunks.length > 0 && bytes > maxBytes) break;
      chunks.push(chunk.slice());
    }
    return { chunks, ...this.#state(name) };
  }

  async state(name: string): Promise<StreamState> {
    return this.#state(name);
  }

  async namesOf(runId: string): Promise<readonly string[]> {
    return [...(this.#namesOf.get(runId) ?? [])];
  }

  subscribe(name: string, onChange: () => void): () => void {
    return this.listeners.add(name, onChange);
  }

  /** Removes the streams of a run, and wakes their readers. */
  removeOf(runId: string): void {
    const names = this.#namesOf.get(runId) ?? [];
    this.#namesOf.delete(runId);
    for (const name of names) this.#streams.delete(name);
    for (const name of names) this.listeners.notify(name);
  }

  clear(): void {
    for (const runId of [...this.#namesOf.keys()]) this.removeOf(runId);
  }

  #add(name: string, runId: string): Stream {
    const stream: Stream = { chunks: [], ended: false, writers: new Map() };
    this.#streams.set(name, stream);
    const names = this.#namesOf.get(runId) ?? new Set();
    this.#namesOf.set(runId, names.add(name));
    return stream;
  }

  #state(name: string): StreamState {
    const stream = this.#streams.get(name);
    return { length: stream?.chunks.length ?? 0, ended: stream?.ended ?? false };
  }
}
