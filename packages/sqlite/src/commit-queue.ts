import { setTimeout as sleep } from 'node:timers/promises';
import { type Append, evaluate, type Outcome } from '@world/contract';
import type { Database, Statement } from 'better-sqlite3';
import { isBusy } from './driver-errors.js';
import type { SqliteView } from './sqlite-view.js';

interface Pending {
  readonly append: Append;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Bounds how long one transaction holds the file, and what a failed one has to undo. */
const MAX_GROUP = 128;
const BUSY_RETRY_MS = { min: 1, max: 8 } as const;

/**
 * Group commit: appends that arrive while a commit is under way share the next transaction, and its sync to disk. Each
 * has a savepoint of its own, and is answered after the transaction is on disk.
 */
export class CommitQueue {
  readonly #database: Database;
  readonly #view: SqliteView;
  readonly #busyTimeoutMs: number;
  readonly #onCommit: (runId: string) => void;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;
  readonly #undo: Statement;
  #pending: Pending[] = [];
  #draining: Promise<void> | undefined;

  constructor(options: {
    readonly database: Database;
    readonly view: SqliteView;
    readonly busyTimeoutMs: number;
    readonly onCommit: (runId: string) => void;
  }) {
    const { database } = options;
    this.#database = database;
    this.#view = options.view;
    this.#busyTimeoutMs = options.busyTimeoutMs;
    this.#onCommit = options.onCommit;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#rollback = database.prepare('ROLLBACK');
    this.#savepoint = database.prepare('SAVEPOINT one');
    this.#release = database.prepare('RELEASE one');
    this.#undo = database.prepare('ROLLBACK TO one');
  }

  append(append: Append): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ append, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when everything that was begun is answered. */
  async idle(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      // Lets everything that is about to append join the group.
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.#pending.splice(0, MAX_GROUP);
      try {
        await this.#beginWhenFree();
        this.#run(group);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#draining = undefined;
  }

  /** Waits for other processes with the event loop free, in short random steps, so that none starves. */
  async #beginWhenFree(): Promise<void> {
    const deadline = Date.now() + this.#busyTimeoutMs;
    for (;;) {
      try {
        this.#begin.run();
        return;
      } catch (error) {
        if (!isBusy(error) || Date.now() > deadline) throw error;
        await sleep(BUSY_RETRY_MS.min + Math.random() * BUSY_RETRY_MS.max);
      }
    }
  }

  #run(group: readonly Pending[]): void {
    const answers: (() => void)[] = [];
    try {
      for (const one of group) answers.push(this.#runOne(one));
      this.#commit.run();
    } catch (error) {
      if (this.#database.inTransaction) this.#rollback.run();
      throw error;
    }
    for (const answer of answers) answer();
  }

  #runOne({ append, resolve, reject }: Pending): () => void {
    const { outcome, writes } = evaluate(this.#view, append, Date.now());
    if (writes === undefined) return () => resolve(outcome);
    this.#savepoint.run();
    try {
      this.#view.apply(writes);
      this.#release.run();
    } catch (error) {
      this.#undo.run();
      this.#release.run();
      return () => reject(error);
    }
    return () => {
      resolve(outcome);
      this.#onCommit(append.runId);
    };
  }
}
