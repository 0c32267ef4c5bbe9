import type { LogKind } from '../logs/log.js';
import { rawHttp } from '../logs/raw-http.js';
import { rawMap } from '../logs/raw-map.js';
import { rawRedis } from '../logs/raw-redis.js';
import { rawSqlite } from '../logs/raw-sqlite.js';
import { batches, contention, fencedChain, writers } from '../logs/workloads.js';
import { logOf, memoryWorld, redisWorld, remoteWorld, sqliteWorld } from '../logs/worlds.js';
import type { Benchmark, Comparison } from '../measure/benchmark.js';
import { redisUrl } from '../servers.js';
import { under } from './under.js';

/** Appends: each world beside the least that its backend could do. */

const MEMORY = logOf(memoryWorld);
const FULL = logOf(sqliteWorld('full'));
const RELAXED = logOf(sqliteWorld('relaxed'));
const REDIS = logOf(redisWorld(redisUrl));
const REMOTE = logOf(remoteWorld);

/** The speed that a workload is to reach, by that of the raw limit. */
type Goals = Readonly<Partial<Record<keyof typeof WORKLOADS, number>>>;

const WORKLOADS = {
  'one writer': writers(1, 1),
  '8 writers, one run': writers(8, 1),
  '8 writers, 200 runs': writers(8, 200),
  '32 in flight': writers(32, 200),
  '64 in flight': writers(64, 200),
  'each fenced on the one before': fencedChain,
  '25 at a time': batches(25),
} as const;

/** A world beside its raw limit, both under the same workloads. */
const besideRaw = (world: LogKind, raw: LogKind, goals: Goals): Comparison[] =>
  Object.entries(WORKLOADS).map(([title, workload]) => {
    const atLeast = goals[title as keyof typeof WORKLOADS];
    return {
      title,
      base: under(raw, workload),
      subjects: [under(world, workload)],
      ...(atLeast !== undefined && { atLeast }),
    };
  });

const STEPS = `Events per second. Writers take steps through their lives: \`step_created\`, \`step_started\`, \`step_completed\`, with 200 bytes in and
out, each event after the answer to the one before.`;

export const memoryAppends: Benchmark = {
  title: 'Appends: memory',
  unit: '/s',
  about: `${STEPS} The base is an array in a \`Map\` and one check by zod.`,
  comparisons: besideRaw(MEMORY, rawMap, { 'one writer': 0.25 }),
};

export const sqliteAppends: Benchmark = {
  title: 'Appends: SQLite',
  unit: '/s',
  about: `${STEPS} The base is a transaction of better-sqlite3 that reads the tail, inserts the event and updates the run.`,
  comparisons: [
    ...besideRaw(FULL, rawSqlite('FULL'), { 'one writer': 0.85 }),
    ...besideRaw(RELAXED, rawSqlite('NORMAL'), { 'one writer': 0.6 }),
    {
      title: '64 in flight, by raw transactions one at a time',
      base: under(rawSqlite('FULL'), writers(1, 1)),
      subjects: [under(FULL, writers(64, 200))],
      atLeast: 5,
    },
  ],
};

export const redisAppends: Benchmark = {
  title: 'Appends: Redis',
  unit: '/s',
  about: `${STEPS} The base is a script that does \`HGET\`, \`XADD\` and \`HSET\`, called by its hash. Redis syncs its log once a second.`,
  comparisons: besideRaw(REDIS, rawRedis(redisUrl), { 'one writer': 0.7, '64 in flight': 0.5 }),
};

export const remoteAppends: Benchmark = {
  title: 'Appends: HTTP, over memory',
  unit: '/s',
  about: `${STEPS} The base is a request with the same body to a server that sends it back. Servers are processes of their own.`,
  comparisons: besideRaw(REMOTE, rawHttp, { 'one writer': 0.75, '32 in flight': 0.6 }),
};

export const contended: Benchmark = {
  title: 'One run or many',
  unit: '/s',
  about:
    'Events per second of 8 writers on one run, by those of 8 writers on 200 runs: what is lost where all want the same tail.',
  comparisons: [MEMORY, FULL, RELAXED, REDIS, REMOTE].map((world) => ({
    title: '8 writers on one run',
    base: { ...under(world, writers(8, 200)), name: '200 runs' },
    subjects: [under(world, writers(8, 1))],
    ...(world === REDIS && { atLeast: 0.9 }),
  })),
};

export const fenceContention: Benchmark = {
  title: 'Fences under contention',
  unit: 'count',
  about:
    'Conflicts for each event that was written, where 2 and 8 writers fence on one run and each tries again until it is in.',
  comparisons: [MEMORY, FULL, RELAXED, REDIS, REMOTE].map((world) => ({
    title: '8 writers, by 2 writers',
    base: { ...under(world, contention(2)), name: '2 writers' },
    subjects: [under(world, contention(8))],
  })),
};
