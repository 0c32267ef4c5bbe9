import type { PruneRange } from '@world/contract';
import type { Database } from 'better-sqlite3';
import { CommitQueue } from './commit-queue.js';
import { type OpenOptions, openDatabase } from './open-database.js';
import { Reads } from './reads.js';
import { SqliteView } from './sqlite-view.js';

export interface ConnectionOptions extends OpenOptions {
  readonly namespace: string;
  readonly onCommit: (runId: string) => void;
}

/** An open file, and everything that is prepared on it. */
export class Connection {
  readonly reads: Reads;
  readonly view: SqliteView;
  readonly commits: CommitQueue;
  readonly #database: Database;
  readonly #namespace: number;

  constructor(options: ConnectionOptions) {
    this.#database = openDatabase(options);
    this.#namespace = numberOfNamespace(this.#database, options.namespace);
    this.reads = new Reads(this.#database, this.#namespace);
    this.view = new SqliteView(this.#database, this.#namespace);
    this.commits = new CommitQueue({
      database: this.#database,
      view: this.view,
      busyTimeoutMs: options.busyTimeoutMs,
      onCommit: options.onCommit,
    });
  }

  prune({ endedBefore, statuses, limit }: PruneRange): readonly string[] {
    const ended = this.#database.prepare<unknown[], { run: number; run_id: string }>(
      `SELECT run, run_id FROM runs
       WHERE namespace = ? AND ended_at < ? AND status IN (SELECT value FROM json_each(?))
       ORDER BY ended_at, run_id LIMIT ?`,
    );
    return this.#database
      .transaction(() => {
        const runs = ended.all(this.#namespace, endedBefore, JSON.stringify(statuses), limit);
        this.#remove(runs.map(({ run }) => run));
        return runs.map(({ run_id }) => run_id);
      })
      .immediate();
  }

  deleteNamespace(): void {
    const runs = this.#database
      .prepare<unknown[], number>('SELECT run FROM runs WHERE namespace = ?')
      .pluck();
    this.#database.transaction(() => this.#remove(runs.all(this.#namespace))).immediate();
  }

  #remove(runs: readonly number[]): void {
    for (const table of ['events', 'entities', 'keys', 'runs']) {
      this.#database
        .prepare(`DELETE FROM ${table} WHERE run IN (SELECT value FROM json_each(?))`)
        .run(JSON.stringify(runs));
    }
  }

  async close(): Promise<void> {
    await this.commits.idle();
    this.#database.close();
  }
}

/** Names of namespaces are never removed: another process may have the number in use. */
function numberOfNamespace(database: Database, name: string): number {
  const find = database
    .prepare<unknown[], number>('SELECT namespace FROM namespaces WHERE name = ?')
    .pluck();
  const known = find.get(name);
  if (known !== undefined) return known;
  database.prepare('INSERT INTO namespaces (name) VALUES (?) ON CONFLICT DO NOTHING').run(name);
  return find.get(name) ?? 0;
}
