import { type Append, evaluate, type Outcome, type PruneRange } from '@world/contract';
import type { Database } from 'better-sqlite3';
import { CommitQueue } from './commit-queue.js';
import { MessageTable } from './message-table.js';
import { type OpenOptions, openDatabase } from './open-database.js';
import { OpenedFile } from './opened-file.js';
import { Reads } from './reads.js';
import { SqliteView } from './sqlite-view.js';
import { StreamTables } from './stream-tables.js';

export interface ConnectionOptions extends OpenOptions {
  readonly namespace: string;
}

/** Runs work on the open file, and maps what the driver throws. */
export type Use = <T>(work: (connection: Connection) => T | Promise<T>) => Promise<T>;

/** An open file, and everything that is prepared on it. */
export class Connection {
  readonly reads: Reads;
  readonly view: SqliteView;
  readonly streams: StreamTables;
  readonly messages: MessageTable;
  readonly #database: Database;
  readonly #namespace: string;
  readonly #commits: CommitQueue;

  constructor(options: ConnectionOptions) {
    const { namespace, ...open } = options;
    const database = openDatabase(open);
    this.#database = database;
    this.#namespace = namespace;
    this.reads = new Reads(database, namespace);
    this.view = new SqliteView(database, namespace);
    this.streams = new StreamTables(database, namespace);
    this.messages = new MessageTable(database, namespace);
    const file = new OpenedFile(options.path);
    this.#commits = new CommitQueue({
      database,
      busyTimeoutMs: options.busyTimeoutMs,
      precondition: () => file.assertInPlace(),
    });
  }

  /** Runs work in a transaction, and resolves when that is on disk. */
  write<T>(work: () => T): Promise<T> {
    return this.#commits.write(work);
  }

  append(append: Append): Promise<Outcome> {
    return this.#commits.write(() => {
      const { outcome, writes } = evaluate(this.view, append, Date.now());
      if (writes !== undefined) this.view.apply(writes);
      return outcome;
    });
  }

  prune({ endedBefore, statuses, limit }: PruneRange): Promise<readonly string[]> {
    const ended = this.#database.prepare<unknown[], { run: number; run_id: string }>(
      `SELECT run, run_id FROM runs
       WHERE namespace = ? AND ended_at < ? AND status IN (SELECT value FROM json_each(?))
       ORDER BY ended_at, run_id LIMIT ?`,
    );
    return this.#commits.write(() => {
      const runs = ended.all(this.#namespace, endedBefore, JSON.stringify(statuses), limit);
      const runIds = runs.map(({ run_id }) => run_id);
      this.#remove(runs.map(({ run }) => run));
      this.messages.removeRuns(runIds);
      this.streams.removeOf(runIds);
      return runIds;
    });
  }

  deleteNamespace(): Promise<void> {
    const runs = this.#database
      .prepare<unknown[], number>('SELECT run FROM runs WHERE namespace = ?')
      .pluck();
    return this.#commits.write(() => {
      this.#remove(runs.all(this.#namespace));
      this.messages.clear();
      this.streams.clear();
    });
  }

  #remove(runs: readonly number[]): void {
    for (const table of ['events', 'entities', 'keys', 'runs']) {
      this.#database
        .prepare(`DELETE FROM ${table} WHERE run IN (SELECT value FROM json_each(?))`)
        .run(JSON.stringify(runs));
    }
  }

  async close(): Promise<void> {
    await this.#commits.idle();
    this.#database.close();
  }
}
