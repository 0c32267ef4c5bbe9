import type {
  StreamOutcome,
  StreamRange,
  StreamSlice,
  StreamState,
  StreamWrite,
} from '@world/contract';
import type { Database, Statement } from 'better-sqlite3';

interface StreamRow {
  readonly stream: number;
  readonly length: number;
  readonly bytes: number;
  readonly ended: number;
}

interface ChunkRow {
  readonly length: number;
  readonly ended: number;
  /** Null in the one row of a stream without a chunk in the range. */
  readonly data: Buffer | null;
}

/** Tables whose rows hang on the number of a stream. */
const TABLES = ['chunks', 'stream_writers', 'streams'] as const;

/** Reads and writes of streams. Every statement is prepared once; a read is one statement, and so of one instant. */
export class StreamTables {
  readonly #namespace: string;
  readonly #stream: Statement<unknown[], StreamRow>;
  readonly #slice: Statement<unknown[], ChunkRow>;
  readonly #names: Statement<unknown[], string>;
  readonly #writerSeq: Statement<unknown[], number>;
  readonly #insertStream: Statement;
  readonly #updateStream: Statement;
  readonly #insertChunk: Statement;
  readonly #upsertWriter: Statement;
  readonly #removeOf: readonly Statement[];
  readonly #removeAll: readonly Statement[];

  constructor(database: Database, namespace: string) {
    this.#namespace = namespace;
    this.#stream = database.prepare(
      'SELECT stream, length, bytes, ended FROM streams WHERE namespace = ? AND name = ?',
    );
    this.#slice = database.prepare(
      `SELECT streams.length, streams.ended, chunks.data
       FROM streams
       LEFT JOIN chunks AS before ON before.stream = streams.stream AND before.position = ? - 1
       LEFT JOIN chunks ON chunks.stream = streams.stream
         AND chunks.position >= ? AND chunks.position < ?
         AND (chunks.position = ? OR chunks.upto <= coalesce(before.upto, 0) + ?)
       WHERE namespace = ? AND name = ?
       ORDER BY chunks.position`,
    );
    this.#names = database
      .prepare<unknown[], string>('SELECT name FROM streams WHERE namespace = ? AND run_id = ?')
      .pluck();
    this.#writerSeq = database
      .prepare<unknown[], number>('SELECT seq FROM stream_writers WHERE stream = ? AND writer = ?')
      .pluck();
    this.#insertStream = database.prepare(
      `INSERT INTO streams (namespace, name, run_id, length, bytes, ended)
       VALUES (?, ?, ?, 0, 0, 0)`,
    );
    this.#updateStream = database.prepare(
      'UPDATE streams SET length = ?, bytes = ?, ended = ? WHERE stream = ?',
    );
    this.#insertChunk = database.prepare(
      'INSERT INTO chunks (stream, position, upto, data) VALUES (?, ?, ?, ?)',
    );
    this.#upsertWriter = database.prepare(
      `INSERT INTO stream_writers (stream, writer, seq) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET seq = excluded.seq`,
    );
    const remove = (which: string): readonly Statement[] =>
      TABLES.map((table) =>
        database.prepare(
          `DELETE FROM ${table}
           WHERE stream IN (SELECT stream FROM streams WHERE namespace = ?${which})`,
        ),
      );
    this.#removeOf = remove(' AND run_id IN (SELECT value FROM json_each(?))');
    this.#removeAll = remove('');
  }

  read({ name, from, limit, maxBytes }: StreamRange): StreamSlice {
    const rows = this.#slice.all(from, from, from + limit, from, maxBytes, this.#namespace, name);
    const [first] = rows;
    return {
      chunks: rows.flatMap(({ data }) => (data === null ? [] : bytesOf(data))),
      length: first?.length ?? 0,
      ended: first?.ended === 1,
    };
  }

  state(name: string): StreamState {
    const row = this.#stream.get(this.#namespace, name);
    return { length: row?.length ?? 0, ended: row?.ended === 1 };
  }

  namesOf(runId: string): readonly string[] {
    return this.#names.all(this.#namespace, runId);
  }

  /** To be called in a transaction. */
  write({ name, runId, chunks, end, writer }: StreamWrite): StreamOutcome {
    const { stream, ...before } = this.#stream.get(this.#namespace, name) ?? this.#add(name, runId);
    if (writer !== undefined) {
      if (writer.seq <= (this.#writerSeq.get(stream, writer.id) ?? 0)) return 'known';
    }
    if (before.ended === 1) return 'ended';
    let { length, bytes } = before;
    for (const chunk of chunks) {
      bytes += chunk.byteLength;
      this.#insertChunk.run(stream, length, bytes, chunk);
      length += 1;
    }
    this.#updateStream.run(length, bytes, end ? 1 : 0, stream);
    if (writer !== undefined) this.#upsertWriter.run(stream, writer.id, writer.seq);
    return 'written';
  }

  /** Removes the streams of these runs; to be called in a transaction. */
  removeOf(runIds: readonly string[]): void {
    for (const statement of this.#removeOf) statement.run(this.#namespace, JSON.stringify(runIds));
  }

  /** Removes all streams of the namespace; to be called in a transaction. */
  clear(): void {
    for (const statement of this.#removeAll) statement.run(this.#namespace);
  }

  #add(name: string, runId: string): StreamRow {
    const { lastInsertRowid } = this.#insertStream.run(this.#namespace, name, runId);
    return { stream: Number(lastInsertRowid), length: 0, bytes: 0, ended: 0 };
  }
}

/** Plain bytes, as they were written. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
