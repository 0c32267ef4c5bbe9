import type { Event, World } from '@world/contract';
import { openGrown } from '../logs/grown.js';
import {
  logFrom,
  memoryWorld,
  redisWorld,
  remoteWorld,
  sqliteWorld,
  type WorldKind,
} from '../logs/worlds.js';
import type { Benchmark, Subject } from '../measure/benchmark.js';
import { timed } from '../measure/timed.js';

/** Followers, and single runs. */

const SQLITE = sqliteWorld('relaxed');
const WORLDS = [memoryWorld, SQLITE, redisWorld, remoteWorld] as const;
const CALLS = 100;
const PAGE = 1000;

/** Something done with a run that has so many events. */
const withRun = (
  kind: WorldKind,
  name: string,
  length: number,
  open: (world: World, runId: string) => Promise<{ measure(): Promise<number> }>,
): Subject => ({
  name,
  async open() {
    const { world, close } = await kind.open();
    const runId = await openGrown(logFrom(world), length);
    return { ...(await open(world, runId)), close };
  },
});

/** Reads a log to its end: ms. */
const listed = (kind: WorldKind, length: number): Subject =>
  withRun(kind, 'list, pages of 1,000', length, async (world, runId) => ({
    measure: () =>
      timed(async () => {
        let cursor: string | undefined;
        do {
          const pagination = { limit: PAGE, ...(cursor && { cursor }) };
          const page = await world.events.list({ runId, pagination });
          cursor = page.hasMore ? (page.cursor ?? undefined) : undefined;
        } while (cursor !== undefined);
      }),
  }));

/** Follows a log to its end: ms. */
const followed = (kind: WorldKind, length: number): Subject =>
  withRun(kind, kind.name, length, async (world, runId) => {
    const { data } = await world.events.list({
      runId,
      pagination: { limit: 1, sortOrder: 'desc' },
    });
    const { seq: last } = data[0] as Event;
    return {
      measure: () =>
        timed(async () => {
          for await (const { seq } of world.events.follow({ runId })) if (seq === last) break;
        }),
    };
  });

let waits = 0;
const appended = async (world: World, runId: string): Promise<void> => {
  waits += 1;
  await world.events.create(runId, {
    eventType: 'wait_created',
    correlationId: `wait_${waits}`,
    eventData: { resumeAt: new Date() },
  });
};

/** An append, by itself: ms. */
const append = (kind: WorldKind): Subject =>
  withRun(kind, 'the append alone', 0, async (world, runId) => ({
    measure: () => perCall(() => appended(world, runId)),
  }));

/** An append, until a follower has the event: ms. */
const arrival = (kind: WorldKind): Subject =>
  withRun(kind, kind.name, 0, async (world, runId) => {
    const events = world.events.follow({ runId });
    for (let i = 0; i < 2; i += 1) await events.next();
    return {
      measure: () =>
        perCall(async () => {
          await Promise.all([events.next(), appended(world, runId)]);
        }),
    };
  });

/** The run, without and with its data: ms. */
const gets = (kind: WorldKind): Subject =>
  withRun(kind, kind.name, 0, async (world, runId) => ({
    measure: () => perCall(() => world.runs.get(runId)),
  }));

async function perCall(call: () => Promise<unknown>): Promise<number> {
  const ms = await timed(async () => {
    for (let i = 0; i < CALLS; i += 1) await call();
  });
  return ms / CALLS;
}

export const live = (longest: number): Benchmark => {
  const length = Math.min(longest, 10_000);
  return {
    title: 'Following, and getting a run',
    unit: 'ms',
    about: `A log of ${length.toLocaleString('en')} events that is followed to its end, by the same log listed. One append until a follower in the same process has the event,
by the append alone. One run, by its id, by the same call to the world in memory.`,
    comparisons: [
      ...WORLDS.map((kind) => ({
        title: 'followed to the end',
        base: listed(kind, length),
        subjects: [followed(kind, length)],
      })),
      ...WORLDS.map((kind) => ({
        title: 'an event reaches a follower',
        base: append(kind),
        subjects: [arrival(kind)],
      })),
      {
        title: 'get a run',
        base: gets(memoryWorld),
        subjects: [SQLITE, redisWorld, remoteWorld].map(gets),
      },
    ],
  };
};
