import { join } from 'node:path';
import { openFolder } from '@world/app-process';
import Database from 'better-sqlite3';
import { decode, encode } from 'cbor-x';
import { Redis } from 'ioredis';
import { PAYLOAD_BYTES } from '../logs/log.js';
import type { Subject } from '../measure/benchmark.js';
import { timed } from '../measure/timed.js';

/** The least that a list can do: read the bytes of the events, a page at a time, and decode them. */

const EVENT = encode({
  eventId: `evnt_${'0'.repeat(26)}`,
  eventType: 'step_created',
  correlationId: 'step_00000',
  createdAt: 1_700_000_000_000,
  eventData: { stepName: 'work', input: 'x'.repeat(PAYLOAD_BYTES) },
});

export const rawSqliteRead = (length: number, pageSize: number): Subject => ({
  name: 'raw SELECT and decode',
  async open() {
    const folder = await openFolder();
    const db = new Database(join(folder.path, 'raw.db'));
    db.exec('CREATE TABLE events (seq INTEGER PRIMARY KEY, data BLOB)');
    const insert = db.prepare('INSERT INTO events VALUES (?, ?)');
    db.transaction(() => {
      for (let seq = 1; seq <= length; seq += 1) insert.run(seq, EVENT);
    })();
    const page = db.prepare('SELECT data FROM events WHERE seq > ? ORDER BY seq LIMIT ?').pluck();
    return {
      measure: () =>
        timed(async () => {
          for (let after = 0; after < length; after += pageSize) {
            for (const data of page.all(after, pageSize)) decode(data as Buffer);
          }
        }),
      async close() {
        db.close();
        await folder.remove();
      },
    };
  },
});

export const rawRedisRead = (
  url: () => Promise<string>,
  length: number,
  pageSize: number,
): Subject => ({
  name: 'raw XRANGE and decode',
  async open() {
    const redis = new Redis(await url());
    const key = `raw:${crypto.randomUUID()}`;
    for (let seq = 1; seq <= length; ) {
      const adding = redis.pipeline();
      for (const end = seq + 1000; seq < end && seq <= length; seq += 1) {
        adding.xadd(key, `0-${seq}`, 'data', EVENT);
      }
      await adding.exec();
    }
    return {
      measure: () =>
        timed(async () => {
          for (let after = 0; after < length; after += pageSize) {
            const entries = (await redis.xrangeBuffer(
              key,
              `0-${after + 1}`,
              '+',
              'COUNT',
              pageSize,
            )) as unknown as [Buffer, Buffer[]][];
            for (const [, fields] of entries) decode(fields[1] as Buffer);
          }
        }),
      async close() {
        await redis.del(key);
        redis.disconnect();
      },
    };
  },
});
