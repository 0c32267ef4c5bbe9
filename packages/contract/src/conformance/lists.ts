import assert from 'node:assert/strict';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import { expectRefused, readAll } from './expect.js';
import { appendAll, createdRun, startedRun, uniqueId } from './given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

const ids = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

async function createRuns(world: World, count: number): Promise<string[]> {
  const runIds: string[] = [];
  for (let i = 0; i < count; i += 1) runIds.push((await createdRun(world)).runId);
  return runIds;
}

/** Lists of runs, steps, hooks, waits and correlated events: order, filters, defaults, absent things. */
export const listTests: readonly ConformanceTest[] = [
  {
    id: 'P-runs-newest-first',
    title: 'P pages of runs: newest first, 20 by default, any page size gives the same list',
    needs: [],
    async run({ world }) {
      const created = await createRuns(world, 25);
      const first = await world.runs.list();
      assert.equal(first.data.length, 20);
      assert.equal(first.hasMore, true);
      const all = await world.runs.list({ pagination: { limit: 1000 } });
      assert.equal(all.hasMore, false);
      assert.deepEqual(all.data.slice(0, 20), first.data);
      assert.deepEqual(all.data.map(({ runId }) => runId).sort(), created.toSorted());
      for (const [i, run] of all.data.entries()) {
        const newer = all.data[i - 1];
        assert.ok(newer === undefined || newer.createdAt >= run.createdAt, 'newest first');
        assert.deepEqual(run, await world.runs.get(run.runId));
      }
      for (const limit of [1, 7, 25]) {
        const paged = await readAll((cursor) => world.runs.list({ pagination: { limit, cursor } }));
        assert.deepEqual(paged, all.data, `by ${limit}`);
        const up = await readAll((cursor) =>
          world.runs.list({ pagination: { limit, cursor, sortOrder: 'asc' } }),
        );
        assert.deepEqual(up, all.data.toReversed(), `by ${limit}, oldest first`);
      }
    },
  },
  {
    id: 'P-runs-filters',
    title: 'P pages of runs by status and workflow name',
    needs: [],
    async run({ world }) {
      const endings = {
        pending: [],
        running: [request.runStarted()],
        completed: [request.runStarted(), request.runCompleted()],
        failed: [request.runFailed()],
        cancelled: [request.runCancelled()],
      } as const;
      const made: { runId: string; status: string; workflowName: string }[] = [];
      for (const [status, requests] of Object.entries(endings)) {
        for (const workflowName of ['a', 'b', 'a']) {
          const runId = createRunId();
          await world.events.create(runId, request.runCreated({ workflowName }));
          await appendAll(world, runId, requests);
          made.push({ runId, status, workflowName });
        }
      }
      for (const status of [undefined, ...(Object.keys(endings) as (keyof typeof endings)[])]) {
        for (const workflowName of [undefined, 'a', 'b', 'none']) {
          const listed = await readAll((cursor) =>
            world.runs.list({ status, workflowName, pagination: { limit: 2, cursor } }),
          );
          const expected = made.filter(
            (run) =>
              (status === undefined || run.status === status) &&
              (workflowName === undefined || run.workflowName === workflowName),
          );
          assert.deepEqual(
            listed.map(({ runId }) => runId).sort(),
            expected.map(({ runId }) => runId).sort(),
            `${status} ${workflowName}`,
          );
        }
      }
    },
  },
  {
    id: 'P-runs-while-runs-come-and-end',
    title: 'P pages of runs neither skip nor repeat while runs are created and end',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const there = await createRuns(world, 20);
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let page = 0; ; page += 1) {
        const {
          data,
          hasMore,
          cursor: next,
        } = await world.runs.list({
          pagination: { limit: 3, cursor },
        });
        seen.push(...data.map(({ runId }) => runId));
        await createRuns(other, 2);
        await other.events.create(there[page] ?? '', request.runCancelled());
        if (!hasMore) break;
        assert.ok(next !== null);
        cursor = next;
      }
      assert.equal(new Set(seen).size, seen.length, 'no run came twice');
      const missed = there.filter((runId) => !seen.includes(runId));
      assert.deepEqual(missed, [], 'no run was skipped');
    },
  },
  {
    id: 'P-read-your-writes',
    title: 'P EN5 what was acknowledged can be read at once, from any instance, through any list',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      for (let i = 0; i < 10; i += 1) {
        const { runId, tail } = await createdRun(world);
        assert.equal((await other.runs.get(runId)).lastKnownEventId, tail);
        const listed = await other.runs.list({ status: 'pending', pagination: { limit: 1000 } });
        assert.ok(listed.data.some((run) => run.runId === runId));
        assert.equal((await other.events.list({ runId })).data[0]?.eventId, tail);
        await other.events.create(runId, request.runStarted());
        const running = await world.runs.list({ status: 'running', pagination: { limit: 1000 } });
        assert.ok(running.data.some((run) => run.runId === runId));
        assert.equal(running.data.length, i + 1);
      }
    },
  },
  {
    id: 'P-entities-in-order',
    title: 'P pages of steps newest first, of hooks and waits oldest first; any page size',
    needs: [],
    async run({ world }) {
      const [{ runId }, { runId: otherRunId }] = [await startedRun(world), await startedRun(world)];
      const hookIds = ids(9, uniqueId('hook'));
      const requests = hookIds.flatMap((hookId, i) => [
        request.stepCreated(`step-${i}`),
        request.hookCreated(hookId, `${hookId}-token`),
        request.waitCreated(`wait-${i}`),
      ]);
      await world.events.createBatch(runId, requests);
      const otherHookId = uniqueId('hook');
      await appendAll(world, otherRunId, [
        request.stepCreated('step-0'),
        request.waitCreated('wait-0'),
        request.hookCreated(otherHookId, uniqueId('token')),
      ]);
      for (const limit of [1, 4, 9, 1000]) {
        for (const sortOrder of [undefined, 'asc', 'desc'] as const) {
          const page = (cursor: string | undefined) => ({
            runId,
            pagination: { limit, sortOrder, cursor },
          });
          const sorted = (up: string[], byDefault: 'asc' | 'desc') =>
            (sortOrder ?? byDefault) === 'asc' ? up : up.toReversed();
          assert.deepEqual(
            (await readAll((cursor) => world.steps.list(page(cursor)))).map((one) => one.stepId),
            sorted(ids(9, 'step'), 'desc'),
          );
          assert.deepEqual(
            (await readAll((cursor) => world.hooks.list(page(cursor)))).map((one) => one.hookId),
            sorted(hookIds, 'asc'),
          );
          assert.deepEqual(
            (await readAll((cursor) => world.waits.list(page(cursor)))).map((one) => one.waitId),
            sorted(ids(9, 'wait'), 'asc'),
          );
          const everywhere = await readAll((cursor) =>
            world.hooks.list({ pagination: { limit, sortOrder, cursor } }),
          );
          assert.deepEqual(
            everywhere.map((one) => one.hookId).sort(),
            [...hookIds, otherHookId].sort(),
          );
        }
      }
    },
  },
  {
    id: 'P-default-pages',
    title:
      'P pages by default: 1000 events, so that long logs are few calls; 100 steps, hooks, waits',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const hooks = ids(101, uniqueId('hook'));
      await world.events.createBatch(runId, [
        ...ids(101, 'step').map((id) => request.stepCreated(id)),
        ...hooks.map((id) => request.hookCreated(id, `${id}-token`)),
      ]);
      await world.events.createBatch(
        runId,
        ids(900, 'wait').map((id) => request.waitCreated(id)),
      );
      const expected = [
        [await world.events.list({ runId }), 1000],
        [await world.steps.list({ runId }), 100],
        [await world.hooks.list({ runId }), 100],
        [await world.waits.list({ runId }), 100],
      ] as const;
      for (const [{ data, hasMore }, size] of expected) {
        assert.equal(data.length, size);
        assert.equal(hasMore, true);
      }
    },
  },
  {
    id: 'P-correlated-events',
    title: 'P events of a correlation id, of one run and of all',
    needs: [],
    async run({ world }) {
      const runIds = [(await startedRun(world)).runId, (await startedRun(world)).runId];
      const correlationId = uniqueId('step');
      for (const runId of runIds) {
        await appendAll(world, runId, [
          request.stepCreated(correlationId),
          request.waitCreated('wait-a'),
          request.stepStarted(correlationId),
          request.stepCompleted(correlationId),
        ]);
      }
      const all = [];
      for (const runId of runIds.toSorted()) {
        const log = (await world.events.list({ runId })).data;
        const expected = log.filter((event) => event.correlationId === correlationId);
        assert.equal(expected.length, 3);
        all.push(...expected);
        for (const limit of [1, 2, 1000]) {
          for (const sortOrder of ['asc', 'desc'] as const) {
            const listed = await readAll((cursor) =>
              world.events.listByCorrelationId({
                correlationId,
                runId,
                pagination: { limit, sortOrder, cursor },
              }),
            );
            assert.deepEqual(listed, sortOrder === 'asc' ? expected : expected.toReversed());
          }
        }
      }
      for (const limit of [1, 4, 1000]) {
        const listed = await readAll((cursor) =>
          world.events.listByCorrelationId({ correlationId, pagination: { limit, cursor } }),
        );
        assert.deepEqual(listed, all, 'by run id, then seq');
      }
      const none = await world.events.listByCorrelationId({ correlationId: uniqueId('none') });
      assert.deepEqual(none, { data: [], cursor: null, hasMore: false });
    },
  },
  {
    id: 'P-get-event',
    title: 'P every event of a log can be read by its id, and only from its own run',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const [{ runId }, { runId: otherRunId, tail }] = [
        await startedRun(world),
        await startedRun(world),
      ];
      await world.events.createBatch(runId, [
        ...ids(9, 'wait').map((id) => request.waitCreated(id)),
        request.stepCreated('step-a'),
      ]);
      for (const event of (await world.events.list({ runId })).data) {
        assert.deepEqual(await other.events.get(runId, event.eventId), event);
        await expectRefused('EVENT_NOT_FOUND', () => world.events.get(otherRunId, event.eventId));
      }
      for (const eventId of [tail, 'evnt_00000000000000000000000000', 'evnt_1', 'x']) {
        await expectRefused('EVENT_NOT_FOUND', () => world.events.get(runId, eventId));
      }
      await expectRefused('EVENT_NOT_FOUND', () => world.events.get(createRunId(), tail));
    },
  },
  {
    id: 'P-not-found',
    title: 'P EN5 what is absent is not found, by its own code; lists of it are empty',
    needs: [],
    async run({ world }) {
      const absent = createRunId();
      const { runId } = await startedRun(world);
      const error = await expectRefused('RUN_NOT_FOUND', () => world.runs.get(absent));
      assert.equal(error.details.runId, absent);
      await expectRefused('RUN_NOT_FOUND', () => world.runs.get('no-run-id'));
      await expectRefused('RUN_NOT_FOUND', () => world.events.list({ runId: absent }));
      for (const id of [runId, absent]) {
        await expectRefused('STEP_NOT_FOUND', () => world.steps.get(id, 'step-a'));
        await expectRefused('WAIT_NOT_FOUND', () => world.waits.get(id, 'wait-a'));
        for (const entities of [world.steps, world.hooks, world.waits]) {
          const page = await entities.list({ runId: id });
          assert.deepEqual(page, { data: [], cursor: null, hasMore: false });
        }
      }
      await expectRefused('STEP_NOT_FOUND', () => world.steps.get(undefined, uniqueId('step')));
      await expectRefused('HOOK_NOT_FOUND', () => world.hooks.get(uniqueId('hook')));
      await expectRefused('HOOK_NOT_FOUND', () => world.hooks.getByToken(uniqueId('token')));
      const stepId = uniqueId('step');
      await world.events.create(runId, request.stepCreated(stepId));
      await expectRefused('STEP_NOT_FOUND', () => world.steps.get(absent, stepId));
      assert.equal((await world.steps.get(undefined, stepId)).runId, runId);
    },
  },
];
