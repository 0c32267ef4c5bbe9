import {
  memoryWorld,
  redisWorld,
  remoteWorld,
  sqliteWorld,
  type WorldKind,
} from '../logs/worlds.js';
import type { Benchmark, Comparison } from '../measure/benchmark.js';
import { BULLMQ, LOCAL, MEMORY, POSTGRES, REDIS, REMOTE, SQLITE } from './backends.js';
import { onRuntime } from './on-runtime.js';
import { onSdk } from './sdk-app.js';
import { STEPS, STREAMS, type Work } from './works.js';

/** Those that are to be faster than with any other world. */
const GOALS: ReadonlySet<string> = new Set([
  '50 steps in a row',
  'Promise.all of 50',
  'time to first byte',
]);

const onWorlds = (works: Readonly<Record<string, Work>>): Comparison[] =>
  Object.entries(works).map(([title, work]) => ({
    title,
    base: onSdk(POSTGRES, work),
    peers: [LOCAL, BULLMQ].map((peer) => onSdk(peer, work)),
    subjects: [MEMORY, SQLITE, REDIS, REMOTE].map((ours) => onSdk(ours, work)),
    ...(GOALS.has(title) && { atLeast: 1, goalOf: [SQLITE.name, REDIS.name] }),
  }));

export const workflows: Benchmark = {
  title: 'Workflows on the SDK',
  unit: 'ms',
  about: `One run on the stock \`workflow\` SDK 4.8.9, from its start to its end, whose steps do nothing: an app in a process of its own, one run before.
\`@workflow/world-postgres\` 4.3.7 has a PostgreSQL of its own, \`@fantasticfour/world-redis-bullmq\` 2.5.0 and \`@world/redis\` a Redis each. \`@workflow/world-local\` 4.4.1 is what the SDK runs on when nothing is said; it does not sync to disk, SQLite and PostgreSQL do. Where it can be said,
as many steps are delivered at a time as our worlds deliver: ten for each core. \`@world/remote-http\` is over memory.
\`@workflow-worlds/redis\` 0.2.2 is left out: with \`Promise.race\` runs of it stay \`running\` for ever; their logs have \`run_started\` behind \`run_completed\`. A tick says that SQLite or Redis is
faster than all others that are not ours.

What bounds them is the SDK: it compiles and replays the workflow from its log for each wake-up. The queue therefore keeps one workflow message of a
run in flight, and makes one of the wake-ups that come meanwhile.`,
  comparisons: onWorlds(STEPS),
};

export const streams: Benchmark = {
  title: 'Streams on the SDK',
  unit: 'ms',
  about: `The same worlds, with bytes in chunks of 64 KiB. To the first byte: from the start of a run until who reads the stream of its only step has the first chunk.
Through 5 steps: one writes 1 MB, five in a row change each byte and pass them on as they come, one reads the end. At once: ten streams of 1 MB, each
from one step through another to a third. Into one step: ten steps write 1 MB each, and one reads them all.`,
  comparisons: onWorlds(STREAMS),
};

const ON_RUNTIME: readonly WorldKind[] = [
  memoryWorld,
  sqliteWorld('full'),
  redisWorld,
  remoteWorld,
];

export const runtime: Benchmark = {
  title: 'Workflows on the runtime',
  unit: 'ms',
  about: `The same workflows on \`@world/runtime\`, in one process, beside the SDK on SQLite. It commits each tick as one fenced batch, and compiles nothing. It has no streams.`,
  comparisons: Object.entries(STEPS).map(([title, work]) => ({
    title,
    base: onSdk(SQLITE, work),
    subjects: ON_RUNTIME.map((kind) => onRuntime(kind, work)),
  })),
};
