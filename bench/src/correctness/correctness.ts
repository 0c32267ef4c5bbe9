import type { World } from '@workflow/world';
import {
  bullMqWorld,
  communityRedisWorld,
  postgresWorld,
  type StockWorldKind,
  worldLocal,
} from '../logs/peers.js';
import {
  memoryWorld,
  redisWorld,
  remoteWorld,
  sqliteWorld,
  type WorldKind,
} from '../logs/worlds.js';
import type { Benchmark, Subject } from '../measure/benchmark.js';
import { type Check, duplicates, lostAtPageEdges, missedByFollower } from './checks.js';

/** Whether worlds are right while they are fast. */

/** As two processes have it. */
const WORLDS = 2;

const CHECKS: Readonly<Record<string, Check>> = {
  'missed by a follower': missedByFollower,
  'duplicates among 16 creators': duplicates,
  'lost at the edges of pages': lostAtPageEdges,
};

const checked = ({ name, open }: StockWorldKind, check: Check): Subject => ({
  name,
  async open() {
    const { worlds, close } = await open(WORLDS);
    return { measure: () => check(worlds), close };
  },
});

/** The worlds of this repository have all of the stock contract. */
const stock = ({ name, openMany }: WorldKind): StockWorldKind => ({
  name,
  async open(count) {
    const { worlds, close } = await openMany(count);
    return { worlds: worlds as unknown as readonly World[], close };
  },
});

const OURS = [memoryWorld, sqliteWorld('full'), redisWorld, remoteWorld].map(stock);
const OTHERS = [postgresWorld, worldLocal, bullMqWorld, communityRedisWorld];

export const correctness = (hasPeers: boolean): Benchmark => {
  const [base = worldLocal, ...peers] = hasPeers ? OTHERS : [worldLocal];
  return {
    title: 'Correctness',
    unit: 'count',
    isOfNone: true,
    about: `What was counted in one round, by the stock contract, with two worlds on the same data as two processes have them (\`@workflow/world-local\` is made for
one, and has one):

- **missed by a follower**: of 400 events that 16 writers append to one run, those that a reader never gets who goes on from his last cursor;
- **duplicates among 16 creators**: a step, a hook and a wait are each asked for by 16 callers at once; what the log has beyond one each;
- **lost at the edges of pages**: of 400 events and of 101 runs, written by 16 at once, those that are in no page when all are read in pages of 7.

Only events and runs count that were acknowledged.`,
    comparisons: Object.entries(CHECKS).map(([title, check]) => ({
      title,
      base: checked(base, check),
      peers: peers.map((one) => checked(one, check)),
      subjects: OURS.map((one) => checked(one, check)),
    })),
  };
};
