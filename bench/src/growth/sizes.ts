import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openFolder } from '@world/app-process';
import { createWorld as createSqlite } from '@world/sqlite';
import { execa } from 'execa';
import { Redis } from 'ioredis';
import { openGrown } from '../logs/grown.js';
import type { Log, LogKind } from '../logs/log.js';
import { bullMqWorld, stockLogOf } from '../logs/peers.js';
import { rawMap } from '../logs/raw-map.js';
import { rawRedis } from '../logs/raw-redis.js';
import { openRawSqlite } from '../logs/raw-sqlite.js';
import {
  logFrom,
  logOf,
  memoryWorld,
  redisWorld,
  sqliteWorld,
  type WorldKind,
} from '../logs/worlds.js';
import type { Benchmark, Comparison, Scale, Subject } from '../measure/benchmark.js';
import { collectGarbage } from '../measure/garbage.js';
import { redisUrl } from '../servers.js';

/** What events take: on disk, in Redis, in memory. */

/** Events of a log that is measured. */
const MOST = 30_000;

/** Grows a log in each measurement: the bytes that each event takes. */
const grown = (
  { name, open }: LogKind,
  length: number,
  bytesNow: () => number | Promise<number>,
): Subject => ({
  name,
  async open() {
    const log = await open();
    return {
      async measure() {
        const before = await bytesNow();
        await openGrown(log, length);
        return ((await bytesNow()) - before) / length;
      },
      close: () => log.close(),
    };
  },
});

/** A log in one file, which is closed before the file is measured. */
const onFile = (
  name: string,
  length: number,
  openFile: (path: string) => Log | Promise<Log>,
): Subject => ({
  name,
  open: async () => ({
    async measure() {
      const folder = await openFolder();
      const path = join(folder.path, 'world.db');
      const log = await openFile(path);
      await openGrown(log, length);
      await log.close();
      const { size } = await stat(path);
      await folder.remove();
      return size / length;
    },
    close: async () => {},
  }),
});

const heapBytes = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

/** Grows a log in a process of its own: the resident memory that it gains for each event. */
const resident = ({ name }: WorldKind, length: number): Subject => ({
  name,
  open: async () => ({
    async measure() {
      const program = `${import.meta.dirname}/resident-main.js`;
      const { stdout } = await execa(process.execPath, [program, name, String(length)]);
      return Number(stdout);
    },
    close: async () => {},
  }),
});

async function redisBytes(): Promise<number> {
  const redis = new Redis(await redisUrl());
  const info = await redis.info('memory');
  redis.disconnect();
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
}

export const sizes = ({ longest, hasPeers }: Scale): Benchmark => {
  const length = Math.min(longest, MOST);
  const inRedis = grown(logOf(redisWorld), length, redisBytes);
  const besides: Comparison = {
    title: 'Redis, beside another world',
    base: grown(stockLogOf(bullMqWorld), length, redisBytes),
    subjects: [inRedis],
  };
  return {
    title: 'Size',
    unit: 'bytes',
    about: `What each event of a log of ${length.toLocaleString('en')} takes: of the file, of Redis (\`used_memory\`), of the heap after a collection. Events of steps, with 200
bytes in two of three; the base stores 200 bytes for each. Last, the resident memory that a process gains for each of
${longest.toLocaleString('en')}, beside that of one that keeps them itself: what it gains with SQLite and Redis is caches, and does not grow with the log.

What a world has beside the base is what it has to answer: the entities (steps with their input and output), the index of correlations, ids.`,
    comparisons: [
      {
        title: 'file',
        base: onFile('raw table', length, openRawSqlite('NORMAL')),
        subjects: [
          onFile('@world/sqlite', length, (path) =>
            logFrom(createSqlite({ url: `sqlite:${path}`, durability: 'relaxed' })),
          ),
        ],
      },
      {
        title: 'Redis',
        base: grown(rawRedis(redisUrl), length, redisBytes),
        subjects: [inRedis],
      },
      ...(hasPeers ? [besides] : []),
      {
        title: 'heap',
        base: grown(rawMap, length, heapBytes),
        subjects: [grown(logOf(memoryWorld), length, heapBytes)],
      },
      {
        title: 'resident memory',
        base: resident(memoryWorld, longest),
        subjects: [resident(sqliteWorld('relaxed'), longest), resident(redisWorld, longest)],
      },
    ],
  };
};
