import assert from 'node:assert/strict';
import type { PaginatedResponse, PaginationOptions } from '../pagination.js';
import type { World } from '../world.js';
import { expectInvalid, expectRefused } from './expect.js';
import { appendAll, eventOf, startedRun, uniqueId } from './given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

type List = (pagination: PaginationOptions) => Promise<PaginatedResponse<unknown>>;

/** Every list that takes a cursor, by name. */
export function listsOf(world: World, runId: string): Readonly<Record<string, List>> {
  return {
    events: (pagination) => world.events.list({ runId, pagination }),
    correlated: (pagination) =>
      world.events.listByCorrelationId({ correlationId: 'step-a', pagination }),
    correlatedOfRun: (pagination) =>
      world.events.listByCorrelationId({ correlationId: 'step-a', runId, pagination }),
    runs: (pagination) => world.runs.list({ pagination }),
    runsByStatus: (pagination) => world.runs.list({ status: 'running', pagination }),
    steps: (pagination) => world.steps.list({ runId, pagination }),
    hooks: (pagination) => world.hooks.list({ pagination }),
    hooksOfRun: (pagination) => world.hooks.list({ runId, pagination }),
    waits: (pagination) => world.waits.list({ runId, pagination }),
  };
}

/** A run with two or more of everything, so that each list has a second page when read by one. */
async function fullRun(world: World): Promise<string> {
  const { runId } = await startedRun(world);
  await appendAll(world, runId, [
    request.stepCreated('step-a'),
    request.stepStarted('step-a'),
    request.stepCreated('step-b'),
    request.hookCreated(uniqueId('hook'), uniqueId('token')),
    request.hookCreated(uniqueId('hook'), uniqueId('token')),
    request.waitCreated('wait-a'),
    request.waitCreated('wait-b'),
  ]);
  return runId;
}

async function firstCursors(lists: Readonly<Record<string, List>>): Promise<[string, string][]> {
  const cursors: [string, string][] = [];
  for (const [name, list] of Object.entries(lists)) {
    const { cursor } = await list({ limit: 1 });
    assert.ok(cursor !== null, `${name}: a first page of several gives a cursor`);
    cursors.push([name, cursor]);
  }
  return cursors;
}

const HAND_MADE = [
  '',
  '0',
  '1',
  'next',
  'null',
  'evnt_00000000000000000000000000',
  btoa('{}'),
  btoa('[]'),
  btoa('[["events"],[1]]'),
  '%00',
  'ü',
];

/** Cursors: valid for the list that gave them, and refused everywhere else. */
export const cursorTests: readonly ConformanceTest[] = [
  {
    id: 'LO9-hand-made-cursor',
    title: 'P LO9 a cursor that no list gave is INVALID_ARGUMENT, never the first page',
    needs: [],
    async run({ world }) {
      const runId = await fullRun(world);
      for (const list of Object.values(listsOf(world, runId))) {
        for (const cursor of HAND_MADE) {
          await expectInvalid('pagination.cursor', () => list({ cursor }));
        }
      }
    },
  },
  {
    id: 'LO9-foreign-cursor',
    title: 'P LO9 a cursor of another list, run, filter or order is INVALID_ARGUMENT',
    needs: [],
    async run({ world }) {
      const [runId, otherRunId] = [await fullRun(world), await fullRun(world)];
      const lists = listsOf(world, runId);
      const others = Object.entries(listsOf(world, otherRunId)).filter(
        ([name]) => !['runs', 'runsByStatus', 'correlated', 'hooks'].includes(name),
      );
      for (const [owner, cursor] of await firstCursors(lists)) {
        const own = lists[owner];
        assert.ok(own !== undefined);
        await own({ cursor, limit: 1 });
        const opposite = ['runs', 'runsByStatus', 'steps'].includes(owner) ? 'asc' : 'desc';
        await expectInvalid('pagination.cursor', () => own({ cursor, sortOrder: opposite }));
        for (const [name, list] of Object.entries(lists)) {
          if (name === owner) continue;
          await expectInvalid('pagination.cursor', () => list({ cursor }));
        }
        for (const [, list] of others) {
          await expectInvalid('pagination.cursor', () => list({ cursor }));
        }
      }
    },
  },
  {
    id: 'LO9-cursor-of-another-log',
    title: 'P LO9 a cursor of the same run in another store is INVALID_ARGUMENT',
    needs: [],
    async run({ world, openElsewhere }) {
      const elsewhere = await openElsewhere();
      const { runId } = await startedRun(world);
      await elsewhere.events.create(runId, request.runCreated());
      await elsewhere.events.create(runId, request.runStarted());
      const { cursor } = await elsewhere.events.list({ runId, pagination: { limit: 1 } });
      assert.ok(cursor !== null);
      await expectInvalid('pagination.cursor', () =>
        world.events.list({ runId, pagination: { cursor } }),
      );
    },
  },
  {
    id: 'LO9-cursor-beyond-the-log',
    title: 'P LO9 a cursor of a run that is gone is refused, not answered with the first page',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const ended = eventOf(await world.events.create(runId, request.runCancelled()));
      const { cursor } = await world.events.list({ runId, pagination: { limit: 1 } });
      assert.ok(cursor !== null);
      await world.prune({ olderThan: new Date(ended.createdAt.getTime() + 60_000) });
      await expectInvalid('pagination.cursor', () =>
        world.events.list({ runId, pagination: { cursor } }),
      );
      await expectRefused('RUN_NOT_FOUND', () => world.events.list({ runId }));
    },
  },
];
