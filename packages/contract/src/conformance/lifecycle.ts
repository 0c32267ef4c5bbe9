import assert from 'node:assert/strict';
import type { EventRequest } from '../events.js';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import { expectRefused, expectSoundLog, snapshot } from './expect.js';
import { appendAll, createdRun, eventOf, nextMs, startedRun, uniqueId } from './given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

/** A running run with an open step, hook and wait, then whatever comes last. */
async function runWith(world: World, last: readonly EventRequest[]): Promise<string> {
  const { runId } = await startedRun(world);
  await appendAll(world, runId, [
    request.stepCreated('step-a'),
    request.hookCreated(uniqueId('hook'), uniqueId('token')),
    request.waitCreated('wait-a'),
  ]);
  // Each end has a ms of its own, so that runs have an order of ending.
  if (last.length > 0) await nextMs(world);
  await appendAll(world, runId, last);
  return runId;
}

/** After every clock that a store may have. */
const tomorrow = (): Date => new Date(Date.now() + 86_400_000);

async function statuses(world: World, runIds: readonly string[]): Promise<string[]> {
  const { data } = await world.runs.list({ pagination: { limit: 1000 } });
  return runIds.map((id) => data.find(({ runId }) => runId === id)?.status ?? 'gone');
}

/** Every call that a world takes, as it would succeed on an open one. */
function allCalls(world: World, runId: string, tail: string): (() => Promise<unknown>)[] {
  return [
    () => world.events.create(runId, request.waitCreated('wait-z')),
    () => world.events.createBatch(runId, [request.waitCreated('wait-z')]),
    () => world.events.import(runId, []),
    () => world.events.get(runId, tail),
    () => world.events.list({ runId }),
    () => world.events.listByCorrelationId({ correlationId: 'wait-a' }),
    async () => {
      for await (const _ of world.events.follow({ runId })) break;
    },
    () => world.runs.get(runId),
    () => world.runs.list(),
    () => world.steps.get(runId, 'step-a'),
    () => world.steps.list({ runId }),
    () => world.hooks.get('hook-a'),
    () => world.hooks.getByToken('token-a'),
    () => world.hooks.list({}),
    () => world.waits.get(runId, 'wait-a'),
    () => world.waits.list({ runId }),
    () => world.prune({ olderThan: new Date(0) }),
    () => world.deleteNamespace(),
    () => world.start(),
    () => world.getDeploymentId(),
    () => world.queue('__wkf_workflow_main', { runId }),
    async () => world.createQueueHandler('__wkf_workflow_', async () => {}),
    () => world.writeToStream('stream', runId, 'chunk'),
    () => world.writeToStreamMulti('stream', runId, ['chunk']),
    () => world.closeStream('stream', runId),
    () => world.readFromStream('stream'),
    () => world.listStreamsByRunId(runId),
    () => world.getStreamChunks('stream', runId),
    () => world.getStreamInfo('stream', runId),
  ];
}

/** Pruning, namespaces, opening and closing. */
export const lifecycleTests: readonly ConformanceTest[] = [
  {
    id: 'LI4-terminal-only',
    title: 'LI4 prune removes ended runs with all that belongs to them, and never a live one',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const pending = (await createdRun(world)).runId;
      const running = await runWith(world, []);
      const live = [pending, running];
      const before = await Promise.all(live.map((runId) => snapshot(world, runId)));
      const ended = [
        await runWith(world, [request.runCompleted()]),
        await runWith(world, [request.runFailed()]),
        await runWith(world, [request.runCancelled()]),
      ];
      const { runIds } = await world.prune({ olderThan: tomorrow() });
      assert.deepEqual(runIds, ended, 'oldest end first');
      for (const runId of ended) {
        for (const one of [world, other]) {
          await expectRefused('RUN_NOT_FOUND', () => one.runs.get(runId));
          await expectRefused('RUN_NOT_FOUND', () => one.events.list({ runId }));
          await expectRefused('STEP_NOT_FOUND', () => one.steps.get(runId, 'step-a'));
          await expectRefused('WAIT_NOT_FOUND', () => one.waits.get(runId, 'wait-a'));
          assert.deepEqual((await one.steps.list({ runId })).data, []);
          const correlated = await one.events.listByCorrelationId({
            correlationId: 'step-a',
            runId,
          });
          assert.deepEqual(correlated.data, []);
        }
      }
      const left = await world.events.listByCorrelationId({ correlationId: 'step-a' });
      assert.deepEqual(new Set(left.data.map(({ runId }) => runId)), new Set([running]));
      assert.deepEqual(
        await Promise.all(live.map((runId) => snapshot(other, runId))),
        before,
        'live runs are as before',
      );
      assert.deepEqual((await world.prune({ olderThan: tomorrow() })).runIds, []);
    },
  },
  {
    id: 'LI4-older-than',
    title: 'LI4 prune takes runs that ended before a time, of one status, up to a limit',
    needs: [],
    async run({ world }) {
      const ends = [request.runCompleted(), request.runFailed(), request.runCancelled()];
      const runIds: string[] = [];
      for (const end of [...ends, ...ends]) runIds.push(await runWith(world, [end]));
      const firstEnd = (await world.runs.get(runIds[0] ?? '')).completedAt;
      assert.ok(firstEnd !== undefined);
      assert.deepEqual((await world.prune({ olderThan: new Date(0) })).runIds, []);
      assert.deepEqual((await world.prune({ olderThan: firstEnd })).runIds, [], 'before, not at');
      const failed = await world.prune({ olderThan: tomorrow(), status: 'failed', limit: 1 });
      assert.deepEqual(failed.runIds, [runIds[1]]);
      assert.deepEqual(await statuses(world, runIds), [
        'completed',
        'gone',
        'cancelled',
        'completed',
        'failed',
        'cancelled',
      ]);
      const two = await world.prune({ olderThan: tomorrow(), limit: 2 });
      assert.deepEqual(two.runIds, [runIds[0], runIds[2]]);
      const cancelled = await world.prune({ olderThan: tomorrow(), status: 'cancelled' });
      assert.deepEqual(cancelled.runIds, [runIds[5]]);
      const rest = await world.prune({ olderThan: tomorrow() });
      assert.deepEqual(rest.runIds, [runIds[3], runIds[4]]);
      assert.deepEqual(new Set(await statuses(world, runIds)), new Set(['gone']));
    },
  },
  {
    id: 'LI4-id-free-again',
    title: 'LI4 after a prune ids, tokens and keys of the run are free again',
    needs: [],
    async run({ world }) {
      const [hookId, token] = [uniqueId('hook'), uniqueId('token')];
      const runId = createRunId();
      const params = { idempotencyKey: 'key' };
      const first = await world.events.create(runId, request.runCreated(), params);
      const requests = [
        request.runStarted(),
        request.stepCreated('step-a'),
        request.hookCreated(hookId, token),
        request.runCompleted(),
      ];
      await appendAll(world, runId, requests);
      await world.prune({ olderThan: tomorrow() });
      const again = await world.events.create(runId, request.runCreated(), params);
      assert.equal(eventOf(again).seq, 1);
      assert.notEqual(eventOf(again).eventId, eventOf(first).eventId, 'not the old outcome');
      const events = await appendAll(world, runId, requests);
      assert.deepEqual(
        events.map(({ eventType }) => eventType),
        requests.map(({ eventType }) => eventType),
      );
      assert.equal((await expectSoundLog(world, runId)).length, 5);
    },
  },
  {
    id: 'P-namespaces',
    title: 'P namespaces share nothing: the same run ids, tokens and keys in both',
    needs: [],
    async run({ world, openElsewhere }) {
      const elsewhere = await openElsewhere();
      const [runId, hookId, token] = [createRunId(), uniqueId('hook'), uniqueId('token')];
      const requests = [
        request.runStartedWithInput(),
        request.hookCreated(hookId, token),
        request.stepCreated('step-a'),
      ];
      for (const one of [world, elsewhere]) {
        assert.deepEqual((await one.runs.list()).data, []);
        for (const each of requests) {
          const result = await one.events.create(runId, each, {
            idempotencyKey: each.eventType,
          });
          assert.equal(eventOf(result).eventType, each.eventType);
        }
      }
      const before = await snapshot(elsewhere, runId);
      await world.events.create(runId, request.runCompleted());
      await expectRefused('HOOK_NOT_FOUND', () => world.hooks.getByToken(token));
      assert.equal((await elsewhere.hooks.getByToken(token)).hookId, hookId);
      await world.prune({ olderThan: tomorrow() });
      assert.deepEqual(await snapshot(elsewhere, runId), before);
      assert.equal((await elsewhere.hooks.list({})).data.length, 1);
      await world.deleteNamespace();
      assert.deepEqual(await snapshot(elsewhere, runId), before);
    },
  },
  {
    id: 'P-delete-namespace',
    title: 'P deleteNamespace removes everything, live runs and tokens included',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const token = uniqueId('token');
      const runId = await runWith(world, [request.hookCreated(uniqueId('hook'), token)]);
      await createdRun(world);
      await world.deleteNamespace();
      for (const one of [world, other]) {
        assert.deepEqual((await one.runs.list()).data, []);
        assert.deepEqual((await one.hooks.list({})).data, []);
        await expectRefused('RUN_NOT_FOUND', () => one.runs.get(runId));
        await expectRefused('HOOK_NOT_FOUND', () => one.hooks.getByToken(token));
      }
      const { runId: next } = await startedRun(other);
      const claim = await other.events.create(next, request.hookCreated(uniqueId('hook'), token));
      assert.equal(eventOf(claim).eventType, 'hook_created');
      await expectSoundLog(world, next);
    },
  },
  {
    id: 'P-second-instance',
    title: 'P another instance on the same data sees everything, and outlives the first',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const runId = await runWith(world, [request.stepStarted('step-a')]);
      const seen = await snapshot(world, runId);
      assert.deepEqual(await snapshot(other, runId), seen);
      await world.close();
      assert.deepEqual(await snapshot(other, runId), seen);
      await other.events.create(runId, request.runCompleted());
      const third = await open();
      assert.deepEqual(await snapshot(third, runId), await snapshot(other, runId));
    },
  },
  {
    id: 'LI1-closed',
    title: 'LI1 after close() every call is WORLD_CLOSED and writes nothing; close() again is fine',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId, tail } = await startedRun(world);
      const before = await snapshot(other, runId);
      await Promise.all([world.close(), world.close()]);
      for (const call of allCalls(world, runId, tail)) await expectRefused('WORLD_CLOSED', call);
      await world.close();
      assert.deepEqual(await snapshot(other, runId), before);
    },
  },
  {
    id: 'LI1-close-finishes',
    title: 'LI1 close() while appends are under way: what was acknowledged is in the log, whole',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const appends = Array.from({ length: 20 }, (_, i) =>
        world.events.createBatch(runId, [
          request.waitCreated(`wait-${i}-a`),
          request.waitCreated(`wait-${i}-b`),
        ]),
      );
      await world.close();
      const settled = await Promise.allSettled(appends);
      const log = await expectSoundLog(other, runId);
      for (const [i, one] of settled.entries()) {
        const at = log.findIndex(({ correlationId }) => correlationId === `wait-${i}-a`);
        const written = at < 0 ? [] : log.slice(at, at + 2);
        if (one.status === 'rejected') assert.equal(one.reason.code, 'WORLD_CLOSED');
        else assert.deepEqual(one.value.results.map(eventOf), written);
        const ids = written.map(({ correlationId }) => correlationId);
        if (at >= 0) assert.deepEqual(ids, [`wait-${i}-a`, `wait-${i}-b`], 'no half batch');
      }
    },
  },
  {
    id: 'LI1-close-waits',
    title: 'LI1 close() finishes all 200 appends that were begun, with retries and refusals',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const keyed = { idempotencyKey: 'key' };
      const first = await world.events.create(runId, request.stepCreated('step'), keyed);
      const again = world.events.create(runId, request.stepCreated('step'), keyed);
      const refused = expectRefused('STEP_EXISTS', () =>
        world.events.create(runId, request.stepCreated('step')),
      );
      const appends = Array.from({ length: 200 }, (_, i) =>
        world.events.create(runId, request.waitCreated(`wait-${i}`)),
      );
      const answers = Promise.all([again, refused, ...appends]);
      const [[repeated]] = await Promise.all([answers, world.close()]);
      assert.deepEqual(repeated, first);
      assert.equal((await expectSoundLog(other, runId)).length, 203);
    },
  },
];
