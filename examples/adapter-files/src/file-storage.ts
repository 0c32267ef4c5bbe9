import { rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Listeners } from '@world/contract';
import { mapped } from './file-errors.js';
import { makeFolder } from './folders.js';
import { Journal } from './journal.js';
import { lockFolder } from './lock-folder.js';
import { Records } from './records.js';
import type { Decision, Storage } from './storage.js';

interface Opened {
  readonly journal: Journal;
  readonly unlock: () => void;
  records: Records;
}

/** Records in memory, and every change to them in a journal first. Calls are synchronous at heart: commits never overlap. */
export class FileStorage implements Storage {
  readonly place: string;
  readonly #listeners = new Listeners();
  #opened: Opened | undefined;

  /** The folder is made by the first call. */
  constructor(folder: string) {
    this.place = folder;
  }

  async read<T>(look: (records: Records) => T): Promise<T> {
    return look(this.#open().records);
  }

  async commit<T>(decide: (records: Records) => Decision<T>): Promise<T> {
    const { journal, records } = this.#open();
    const { answer, change } = decide(records);
    if (change === undefined) return answer;
    // First on the disk: nobody is shown what a crash could take back.
    mapped(() => journal.append(change));
    for (const key of records.apply(change)) this.#listeners.notify(key);
    return answer;
  }

  async clear(): Promise<void> {
    const opened = this.#open();
    mapped(() => opened.journal.clear());
    const { streams } = opened.records;
    opened.records = new Records();
    for (const name of streams.keys()) this.#listeners.notify(name);
  }

  subscribe(key: string, onChange: () => void): () => void {
    return this.#listeners.add(key, onChange);
  }

  async close(): Promise<void> {
    if (this.#opened === undefined) return;
    const { journal, unlock } = this.#opened;
    this.#opened = undefined;
    mapped(() => {
      journal.close();
      if (journal.isEmpty) rmSync(this.#path);
      unlock();
      if (journal.isEmpty) removeIfEmpty(this.place);
    });
  }

  get #path(): string {
    return join(this.place, 'journal');
  }

  #open(): Opened {
    this.#opened ??= mapped(() => {
      makeFolder(this.place);
      const unlock = lockFolder(this.place);
      try {
        const records = new Records();
        const journal = new Journal(this.#path, (change) => records.apply(change));
        return { journal, unlock, records };
      } catch (error) {
        unlock();
        throw error;
      }
    });
    return this.#opened;
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another process has just come in.
  }
}
