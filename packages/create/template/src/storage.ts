import type { Change, Records } from './records.js';

/** An answer, and what has to be stored for it to be true. */
export interface Decision<T> {
  readonly answer: T;
  /** Absent when nothing changes. */
  readonly change?: Change | undefined;
}

/** Where the records of one namespace are kept. All that the rest of this adapter knows of it. */
export interface Storage {
  /** Names the data, within this process. */
  readonly place: string;
  read<T>(look: (records: Records) => T): Promise<T>;
  /** Decides on the records at the instant of commit, and stores the change: all of it, or nothing. */
  commit<T>(decide: (records: Records) => Decision<T>): Promise<T>;
  /** Removes everything. */
  clear(): Promise<void>;
  /** Calls back when what a key stands for may have changed: a run's id, a stream's name, `MESSAGES`. */
  subscribe(key: string, onChange: () => void): () => void;
  /** Releases everything. */
  close(): Promise<void>;
}
