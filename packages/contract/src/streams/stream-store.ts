/** The streams of a store: chunks under a name, appended until the end is. Names are unique in a namespace. */

/** Who writes, and how often it did so: a write whose number is not above the writer's last one is known already. */
export interface StreamWriter {
  readonly id: string;
  /** Ascends with the writes of this writer to this stream, from 1. */
  readonly seq: number;
}

/** Chunks to append in order and in one commit; the stream is made by its first write, and belongs to that one's run. */
export interface StreamWrite {
  readonly name: string;
  readonly runId: string;
  readonly chunks: readonly Uint8Array[];
  /** The stream ends behind these chunks; to end it twice is no error. */
  readonly end: boolean;
  readonly writer?: StreamWriter;
}

/** What became of a write. `ended`: the stream had ended, nothing was written. */
export type StreamOutcome = 'written' | 'known' | 'ended';

/** How far a stream is; absent streams have no chunks and no end. */
export interface StreamState {
  /** Number of chunks. */
  readonly length: number;
  readonly ended: boolean;
}

/** A slice of a stream: at most `limit` chunks from `from` on, fewer when they would be more than `maxBytes`, but one if there is one. */
export interface StreamRange {
  readonly name: string;
  readonly from: number;
  readonly limit: number;
  readonly maxBytes: number;
}

/** Chunks of consecutive positions, and where the stream stood when they were read. */
export interface StreamSlice extends StreamState {
  readonly chunks: readonly Uint8Array[];
}

/** What a store with streams implements. Streams go with their run: `prune` and `deleteNamespace` remove them. */
export interface StreamStore {
  write(write: StreamWrite): Promise<StreamOutcome>;
  read(range: StreamRange): Promise<StreamSlice>;
  state(name: string): Promise<StreamState>;
  /** Names of the streams of a run, in any order. */
  namesOf(runId: string): Promise<readonly string[]>;
  /** As `Store.subscribe`, for a stream. */
  subscribe(name: string, onChange: () => void): () => void;
}
