import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { worldError } from '@world/contract';
import { syncFolder } from './folders.js';
import { changeOf, lineOf } from './line.js';
import type { Change } from './records.js';

const NEWLINE = 0x0a;

/** A file of changes, one a line, in the order of their commits. */
export class Journal {
  readonly #file: number;
  /** Where the last whole line ends. */
  #length = 0;
  /** A write has failed, and may have left something behind that. */
  #isTorn = false;

  /** Opens the file, or makes it, and gives its changes. @throws STORE_INCOMPATIBLE when it is damaged; errors of `node:fs`. */
  constructor(path: string, replay: (change: Change) => void) {
    this.#file = openSync(path, 'a+', 0o600);
    try {
      this.#length = replayAll(readFileSync(this.#file), path, replay);
      // A crash has left the last line unfinished: nobody was told that it is there.
      ftruncateSync(this.#file, this.#length);
      fsyncSync(this.#file);
      syncFolder(dirname(path));
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** The change is on the disk when this returns. When it throws, the file is as it was. */
  append(change: Change): void {
    const line = lineOf(change);
    this.#dropTornLine();
    try {
      let written = 0;
      while (written < line.length) written += writeSync(this.#file, line, written);
      fdatasyncSync(this.#file);
    } catch (error) {
      this.#isTorn = true;
      this.#dropTornLine();
      throw error;
    }
    this.#length += line.length;
  }

  /** Before anything else is appended, even where this fails at first. */
  #dropTornLine(): void {
    if (!this.#isTorn) return;
    ftruncateSync(this.#file, this.#length);
    this.#isTorn = false;
  }

  clear(): void {
    ftruncateSync(this.#file, 0);
    fsyncSync(this.#file);
    this.#length = 0;
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Gives the whole lines from the start on, and says where they end. @throws STORE_INCOMPATIBLE when more follow that. */
function replayAll(bytes: Buffer, path: string, replay: (change: Change) => void): number {
  let end = 0;
  let start = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, start)) {
    const change = changeOf(bytes.toString('utf8', start, at));
    if (change !== undefined && start > end) {
      throw worldError('STORE_INCOMPATIBLE', `${path} is damaged at byte ${end}; restore a backup`);
    }
    start = at + 1;
    if (change === undefined) continue;
    replay(change);
    end = start;
  }
  return end;
}
