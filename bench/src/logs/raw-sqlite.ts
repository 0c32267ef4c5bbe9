import { join } from 'node:path';
import { openFolder } from '@world/app-process';
import Database from 'better-sqlite3';
import { type Log, type LogKind, RAW_EVENT } from './log.js';

type Synchronous = 'FULL' | 'NORMAL';

/** The least that a log in SQLite can do: read the tail, insert the event, update the run. */
export const rawSqlite = (synchronous: Synchronous): LogKind => ({
  name: `raw transaction, ${synchronous}`,
  async open() {
    const folder = await openFolder();
    const log = openRawSqlite(synchronous)(join(folder.path, 'raw.db'));
    return {
      ...log,
      async close() {
        await log.close();
        await folder.remove();
      },
    };
  },
});

/** The same, in a file. */
export const openRawSqlite =
  (synchronous: Synchronous) =>
  (path: string): Log => {
    const db = new Database(path);
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${synchronous}`);
    db.exec(`
      CREATE TABLE runs (run INTEGER PRIMARY KEY, seq INTEGER NOT NULL);
      CREATE TABLE events (run INTEGER, seq INTEGER, data BLOB, PRIMARY KEY (run, seq)) WITHOUT ROWID;`);
    const begin = db.prepare('INSERT INTO runs (seq) VALUES (0)');
    const tail = db.prepare('SELECT seq FROM runs WHERE run = ?').pluck();
    const insert = db.prepare('INSERT INTO events (run, seq, data) VALUES (?, ?, ?)');
    const advance = db.prepare('UPDATE runs SET seq = ? WHERE run = ?');
    const append = db.transaction((run: string, count: number) => {
      let seq = tail.get(run) as number;
      for (let i = 0; i < count; i += 1) {
        seq += 1;
        insert.run(run, seq, RAW_EVENT);
      }
      advance.run(seq, run);
      return `${seq}`;
    });
    return {
      openRun: async () => `${begin.run().lastInsertRowid}`,
      append: async (runId, { length }) => append.immediate(runId, length),
      close: async () => void db.close(),
    };
  };
