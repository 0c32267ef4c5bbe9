import {
  memoryWorld,
  redisWorld,
  remoteWorld,
  sqliteWorld,
  type WorldKind,
} from '../logs/worlds.js';
import type { Benchmark, Comparison } from '../measure/benchmark.js';
import { BULLMQ, COMMUNITY, LOCAL, MEMORY, POSTGRES, REDIS, REMOTE, SQLITE } from './backends.js';
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
    peers: [LOCAL, BULLMQ, COMMUNITY].map((peer) => onSdk(peer, work)),
    subjects: [MEMORY, SQLITE, REDIS, REMOTE].map((ours) => onSdk(ours, work)),
    ...(GOALS.has(title) && { atLeast: 1 }),
  }));

export const workflows: Benchmark = {
  title: 'Workflows on the SDK',
  unit: 'ms',
  about: `One run on the stock \`workflow\` SDK 4.8.9, from its start to its end: an app in a process of its own, one run before.`,
  comparisons: onWorlds(STEPS),
};

export const streams: Benchmark = {
  title: 'Streams on the SDK',
  unit: 'ms',
  about: `As above.`,
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
  about: '',
  comparisons: Object.entries(STEPS).map(([title, work]) => ({
    title,
    base: onSdk(SQLITE, work),
    subjects: ON_RUNTIME.map((kind) => onRuntime(kind, work)),
  })),
};
