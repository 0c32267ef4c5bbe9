import {
  contended,
  fenceContention,
  memoryAppends,
  redisAppends,
  remoteAppends,
  sqliteAppends,
} from './appends/appends.js';
import { peers } from './appends/peers.js';
import { correctness } from './correctness/correctness.js';
import { growth } from './growth/growth.js';
import { sizes } from './growth/sizes.js';
import type { Benchmark, Scale } from './measure/benchmark.js';
import { live } from './reads/live.js';
import { reads, runReads } from './reads/reads.js';
import { runtime, streams, workflows } from './workflows/workflows.js';

/** All benchmarks, by the names that the command knows. */
export const SUITE: Readonly<Record<string, (scale: Scale) => Benchmark>> = {
  'appends-memory': () => memoryAppends,
  'appends-sqlite': () => sqliteAppends,
  'appends-redis': () => redisAppends,
  'appends-http': () => remoteAppends,
  peers: () => peers,
  contended: () => contended,
  fences: () => fenceContention,
  correctness: ({ hasPeers }) => correctness(hasPeers),
  reads: ({ longest }) => reads(longest),
  live: ({ longest }) => live(longest),
  runs: ({ longest }) => runReads(longest),
  growth: ({ longest }) => growth(longest),
  sizes: (scale) => sizes(scale),
  workflows: () => workflows,
  streams: () => streams,
  runtime: () => runtime,
};
