import {
  contended,
  fenceContention,
  memoryAppends,
  redisAppends,
  remoteAppends,
  sqliteAppends,
} from './appends/appends.js';
import { peers } from './appends/peers.js';
import { growth } from './growth/growth.js';
import type { Benchmark, Scale } from './measure/benchmark.js';
import { reads, runReads } from './reads/reads.js';
import { workflows } from './workflows/workflows.js';

/** All benchmarks, by the names that the command knows. */
export const SUITE: Readonly<Record<string, (scale: Scale) => Benchmark>> = {
  'appends-memory': () => memoryAppends,
  'appends-sqlite': () => sqliteAppends,
  'appends-redis': () => redisAppends,
  'appends-http': () => remoteAppends,
  peers: () => peers,
  contended: () => contended,
  fences: () => fenceContention,
  reads: ({ longest }) => reads(longest),
  runs: ({ longest }) => runReads(longest),
  growth: ({ longest }) => growth(longest),
  workflows: () => workflows,
};
