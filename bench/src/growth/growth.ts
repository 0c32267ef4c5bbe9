import { type Event, eventsCursor } from '@world/contract';
import { openGrown } from '../logs/grown.js';
import { stepEvents } from '../logs/log.js';
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

/** What becomes of an append, and of a read of what is new, as a log grows. */

const WORLDS = [memoryWorld, sqliteWorld('relaxed'), redisWorld, remoteWorld] as const;
const SHORT = 100;
/** Steps of one measurement: 300 events. */
const STEPS = 100;

/** Appends steps to a log of about so many events: ms for each event. */
const appendsAt = (kind: WorldKind, length: number): Subject => ({
  name: kind.name,
  async open() {
    const { world, close } = await kind.open();
    const log = logFrom(world);
    const grown = length > SHORT ? await openGrown(log, length) : undefined;
    let round = 0;
    return {
      async measure() {
        round += 1;
        // What is short must not grow from one measurement to the next.
        const runId = grown ?? (await openGrown(log, length));
        const ms = await timed(async () => {
          for (let step = 0; step < STEPS; step += 1) {
            for (const event of stepEvents(`${round}_${step}`)) await log.append(runId, [event]);
          }
        });
        return ms / (3 * STEPS);
      },
      close,
    };
  },
});

/** Reads the last events of a log by a cursor: ms for each read. */
const readsAt = (kind: WorldKind, length: number): Subject => ({
  name: kind.name,
  async open() {
    const { world, close } = await kind.open();
    const runId = await openGrown(logFrom(world), length);
    const { data } = await world.events.list({
      runId,
      pagination: { limit: 10, sortOrder: 'desc' },
    });
    const cursor = eventsCursor(data.at(-1) as Event);
    return {
      async measure() {
        const ms = await timed(async () => {
          for (let i = 0; i < STEPS; i += 1)
            await world.events.list({ runId, pagination: { cursor } });
        });
        return ms / STEPS;
      },
      close,
    };
  },
});

const at = (subject: Subject, length: number): Subject => ({
  ...subject,
  name: `${length.toLocaleString('en')} events`,
});

export const growth = (longest: number): Benchmark => ({
  title: 'Growth',
  unit: 'ms',
  isGrowth: true,
  about: `An append, and a read of the last 9 events from a cursor, in a log of ${longest.toLocaleString('en')} events by one of ${SHORT}.`,
  comparisons: WORLDS.flatMap((kind) => [
    {
      title: 'an append',
      base: at(appendsAt(kind, SHORT), SHORT),
      subjects: [appendsAt(kind, longest)],
      atLeast: 1 / 1.1,
    },
    {
      title: 'a read of what is new',
      base: at(readsAt(kind, SHORT), SHORT),
      subjects: [readsAt(kind, longest)],
    },
  ]),
});
