import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { worldError } from '@world/contract';
import Database from 'better-sqlite3';
import { isBusy, mapDriverError } from './driver-errors.js';
import { migrations } from './migrations.generated.js';

export interface OpenOptions {
  readonly path: string;
  /** `full`: an acknowledged event survives a power loss. `relaxed`: it survives a process kill. */
  readonly durability: 'full' | 'relaxed';
  /** How long to wait for other processes, ms. */
  readonly busyTimeoutMs: number;
}

/** "wrld", in the header of every file that this package writes. https://sqlite.org/pragma.html#pragma_application_id */
const APPLICATION_ID = 0x77726c64;

/** Blocks no longer than this at a time; waiting goes on outside of SQLite, with the event loop free. */
const LOCK_WAIT_MS = 10;

const OPEN_RETRY_MS = 5;

/** 16 MB of the WAL. SQLite's own 1000 make each append pay a tenth more for moving pages into the file, and for two syncs. */
const CHECKPOINT_PAGES = 4000;

/** What the WAL file is cut back to once a large batch is checkpointed. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

const incompatible = (path: string, problem: string, advice: string) =>
  worldError('STORE_INCOMPATIBLE', `${path}: ${problem}; ${advice}`, { details: { path } });

/**
 * Opens a file, creates or migrates what it holds. A file that is not ours, or of a newer version, or read-only is
 * refused before anything is written to it.
 * @throws STORE_INCOMPATIBLE, STORE_UNAVAILABLE
 */
export function openDatabase({ path, durability, busyTimeoutMs }: OpenOptions): Database.Database {
  assertUsable(path);
  const deadline = performance.now() + busyTimeoutMs;
  let database: Database.Database | undefined;
  try {
    const opened = new Database(path, { timeout: LOCK_WAIT_MS });
    database = opened;
    retryBusy(deadline, () => assertOurs(opened, path));
    retryBusy(deadline, () => opened.pragma('journal_mode = WAL'));
    opened.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    opened.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    opened.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
    retryBusy(deadline, () => migrate(opened, path));
    return opened;
  } catch (error) {
    database?.close();
    throw mapDriverError(error, path);
  }
}

function assertUsable(path: string): void {
  const folder = dirname(path);
  if (!existsSync(folder)) {
    throw worldError(
      'STORE_UNAVAILABLE',
      `${path}: the folder ${folder} does not exist; create it`,
      {
        details: { path },
      },
    );
  }
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return;
  if (!file.isFile()) throw incompatible(path, 'it is no file', 'name another one');
  // Asked of the mode, not of the system: to root everything looks writable.
  if ((file.mode & 0o222) === 0) throw incompatible(path, 'it is read-only', 'make it writable');
}

function assertOurs(database: Database.Database, path: string): void {
  // One transaction: a migration by another process that commits in between would look like a foreign file.
  const { version, applicationId, tables } = database.transaction(() => ({
    version: Number(database.pragma('user_version', { simple: true })),
    applicationId: Number(database.pragma('application_id', { simple: true })),
    tables: database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get(),
  }))();
  if (applicationId !== APPLICATION_ID && tables !== 0) {
    throw incompatible(path, 'it belongs to another application', 'name another file');
  }
  assertVersion(version, path);
}

function assertVersion(version: number, path: string): void {
  if (version <= migrations.length) return;
  throw incompatible(
    path,
    `it has schema version ${version}, this package knows ${migrations.length}`,
    'update @world/sqlite',
  );
}

function migrate(database: Database.Database, path: string): void {
  if (Number(database.pragma('user_version', { simple: true })) === migrations.length) return;
  database
    .transaction(() => {
      // Read again: another process may have migrated meanwhile.
      const version = Number(database.pragma('user_version', { simple: true }));
      assertVersion(version, path);
      for (const { sql } of migrations.slice(version)) database.exec(sql);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${migrations.length}`);
    })
    .immediate();
}

/** Opening is synchronous and happens once, so waiting for another process's opening may block. */
function retryBusy<T>(deadline: number, attempt: () => T): T {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, OPEN_RETRY_MS);
    }
  }
}
