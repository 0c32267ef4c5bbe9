import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Statement } from 'better-sqlite3';
import { isBusy } from './driver-errors.js';

interface Job {
  /** Runs in the transaction; returns what answers the caller once it is on disk. */
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
}

/** Bounds how long one transaction holds the file, and what a failed one has to undo. */
const MAX_GROUP = 128;
const BUSY_RETRY_MS = { min: 1, max: 8 } as const;

/**
 * Group commit: writes that arrive while a commit is under way share the next transaction, and its sync to disk. Each
 * has a savepoint of its own, and is answered after the transaction is on disk.
 */
export class CommitQueue {
  readonly #database: Database;
  readonly #busyTimeoutMs: number;
  readonly #precondition: () => void;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;
  readonly #undo: Statement;
  #pending: Job[] = [];
  #draining: Promise<void> | undefined;

  constructor(options: {
    readonly database: Database;
    readonly busyTimeoutMs: number;
    /** Runs before the writes of a transaction; what it throws refuses them all. */
    readonly precondition: () => void;
  }) {
    const { database } = options;
    this.#database = database;
    this.#busyTimeoutMs = options.busyTimeoutMs;
    this.#precondition = options.precondition;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#rollback = database.prepare('ROLLBACK');
    this.#savepoint = database.prepare('SAVEPOINT one');
    this.#release = database.prepare('RELEASE one');
    this.#undo = database.prepare('ROLLBACK TO one');
  }

  /** Runs `work` in a transaction, and resolves when that is on disk. What it throws undoes its own writes only. */
  write<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (): (() => void) => {
        const value = work();
        return () => resolve(value);
      };
      this.#pending.push({ run, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when everything that was begun is answered. */
  async idle(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      // Lets everything that is about to write join the group.
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.#pending.splice(0, MAX_GROUP);
      try {
        await this.#commitWhenFree(group);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#draining = undefined;
  }

  /** Waits for other processes with the event loop free, in short random steps, so that none starves. */
  async #commitWhenFree(group: readonly Job[]): Promise<void> {
    const deadline = performance.now() + this.#busyTimeoutMs;
    for (;;) {
      try {
        this.#begin.run();
        break;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error;
        await sleep(BUSY_RETRY_MS.min + Math.random() * BUSY_RETRY_MS.max);
      }
    }
    this.#run(group);
  }

  #run(group: readonly Job[]): void {
    const answers: (() => void)[] = [];
    try {
      this.#precondition();
      for (const job of group) answers.push(this.#runOne(job));
      this.#commit.run();
    } catch (error) {
      if (this.#database.inTransaction) this.#rollback.run();
      throw error;
    }
    for (const answer of answers) answer();
  }

  #runOne({ run, reject }: Job): () => void {
    this.#savepoint.run();
    try {
      const answer = run();
      this.#release.run();
      return answer;
    } catch (error) {
      this.#undo.run();
      this.#release.run();
      return () => reject(error);
    }
  }
}
