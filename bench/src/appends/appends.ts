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
const REDIS = logOf(redisWorld);
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
  about: `${STEPS} The base is an array in a \`Map\` and one check by zod, which takes 0.8 µs.

What bounds it is the contract, which all worlds share: in one loop each, the check of what can be stored takes 0.7 µs, the command and its CBOR 1.4, the
evaluation and what it writes 5, the answer 2; the rest is asynchronous calls and garbage.`,
  comparisons: besideRaw(MEMORY, rawMap, { 'one writer': 0.25 }),
};

export const sqliteAppends: Benchmark = {
  title: 'Appends: SQLite',
  unit: '/s',
  about: `${STEPS} The base is a transaction of better-sqlite3 that reads the tail, inserts the event and updates the run.

What bounds it: an append changes 4 to 6 pages (run, log, entity, their indexes) where the base changes 2. The bare statements for that, without any
rules, take 71 µs where those of the base take 41, relaxed, and 208 where those take 198, full. The rest is reads of run, entity and payload, about 20 µs,
the contract, and one turn of the event loop in which others may join the transaction.`,
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
  about: `${STEPS} The base is a script that does \`HGET\`, \`XADD\` and \`HSET\`, called by its hash. Redis syncs its log once a second.

What bounds it: the script takes 53 µs of the server when it is warm, of which the six commands in it take 8; the base takes 9. Unpacking the request
takes 5.5, the rules and what follows from them 18, the answer and the rest of Lua the remainder (\`INFO commandstats\`, and the script cut off at each
part). The client takes about 100 µs, and with one writer both wait for each other.`,
  comparisons: besideRaw(REDIS, rawRedis(redisUrl), { 'one writer': 0.7, '64 in flight': 0.5 }),
};

export const remoteAppends: Benchmark = {
  title: 'Appends: HTTP, over memory',
  unit: '/s',
  about: `${STEPS} The base is a request with the same body to a server that sends it back. Servers are processes of their own.

What bounds it: both sides do the contract's checks, and the server takes headers, body and answer through more hands than the base. On this machine a
system call that writes takes 40 to 75 µs, and with one writer each process waits for the other half of the time.`,
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
