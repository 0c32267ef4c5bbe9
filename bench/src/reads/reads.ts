import type { World } from '@world/contract';
import { openGrown, openRuns } from '../logs/grown.js';
import {
  logFrom,
  memoryWorld,
  redisWorld,
  remoteWorld,
  sqliteWorld,
  type WorldKind,
} from '../logs/worlds.js';
import type { Benchmark, Comparison, Subject } from '../measure/benchmark.js';
import { timed } from '../measure/timed.js';
import { redisUrl } from '../servers.js';
import { rawRedisRead, rawSqliteRead } from './raw-reads.js';

/** Reads of logs and runs. */

const SQLITE = sqliteWorld('relaxed');
const REDIS = redisWorld;

/** Reads whole logs of a world, page by page. */
const list = (kind: WorldKind, length: number, limit?: number): Subject => ({
  name: kind.name,
  async open() {
    const { world, close } = await kind.open();
    const runId = await openGrown(logFrom(world), length);
    return { measure: () => timed(() => readAll(world, runId, limit)), close };
  },
});

async function readAll(world: World, runId: string, limit?: number): Promise<void> {
  let cursor: string | undefined;
  do {
    const pagination = { ...(limit && { limit }), ...(cursor && { cursor }) };
    const page = await world.events.list({ runId, pagination });
    cursor = page.hasMore ? (page.cursor ?? undefined) : undefined;
  } while (cursor !== undefined);
}

const LENGTHS = [1000, 10_000, 100_000] as const;
/** As `events.list` gives them when nothing is asked for. */
const DEFAULT_PAGE = 100;
const LARGE_PAGE = 1000;

export const reads = (longest: number): Benchmark => ({
  title: 'Reading logs',
  unit: 'ms',
  about: `A whole log, page by page: the events of steps with 200 bytes in and out. The base reads as many bytes from the same backend in pages of 1,000, and
decodes them.`,
  comparisons: LENGTHS.filter((length) => length <= longest).flatMap((length): Comparison[] => {
    const title = `${length.toLocaleString('en')} events`;
    const atLeast = length === 10_000 ? { atLeast: 0.5 } : {};
    const base = rawSqliteRead(length, LARGE_PAGE);
    const redis = rawRedisRead(redisUrl, length, LARGE_PAGE);
    return [
      { title, base, subjects: [list(SQLITE, length, LARGE_PAGE)], ...atLeast },
      { title, base: redis, subjects: [list(REDIS, length, LARGE_PAGE)], ...atLeast },
      {
        title: `${title}, pages of ${DEFAULT_PAGE}`,
        base,
        subjects: [list(SQLITE, length), list(memoryWorld, length), list(remoteWorld, length)],
      },
      { title: `${title}, pages of ${DEFAULT_PAGE}`, base: redis, subjects: [list(REDIS, length)] },
    ];
  }),
});

/** Calls a world that has so many runs. */
const withRuns = (
  kind: WorldKind,
  runs: number,
  call: (world: World) => Promise<unknown>,
): Subject => ({
  name: kind.name,
  async open() {
    const { world, close } = await kind.open();
    await openRuns(logFrom(world), runs);
    return {
      async measure() {
        const ms = await timed(async () => {
          for (let i = 0; i < CALLS; i += 1) await call(world);
        });
        return ms / CALLS;
      },
      close,
    };
  },
});

const CALLS = 50;
const WORLDS = [memoryWorld, SQLITE, REDIS, remoteWorld] as const;
const FEW = 100;

export const runReads = (runs: number): Benchmark => ({
  title: 'Listing runs',
  unit: 'ms',
  isGrowth: true,
  about: `The newest page of 100 runs, in a world that has ${runs.toLocaleString('en')} of them, by one that has ${FEW}.`,
  comparisons: WORLDS.map((kind) => {
    const newest = (world: World) => world.runs.list({ pagination: { limit: 100 } });
    return {
      title: 'the newest 100',
      base: { ...withRuns(kind, FEW, newest), name: `${FEW} runs` },
      subjects: [withRuns(kind, runs, newest)],
    };
  }),
});
