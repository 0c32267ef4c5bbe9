import assert from 'node:assert/strict';
import type { EventRequest } from '../events.js';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import {
  expectInvalid,
  expectNoTrace,
  expectRefused,
  expectSoundLog,
  readLog,
  snapshot,
} from './expect.js';
import { createdRun, eventOf, startedRun, uniqueId } from './given.js';
import { request, waits } from './requests.js';
import type { ConformanceTest } from './types.js';

/** Batches: one fence, all or nothing, in order, in one commit. */
export const batchTests: readonly ConformanceTest[] = [
  {
    id: 'F10-in-order',
    title: 'F10 a batch commits in order, each request on what the ones before have left',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await startedRun(world);
      const hookId = uniqueId('hook');
      const requests = [
        request.stepCreated('step-a'),
        request.stepStarted('step-a'),
        request.hookCreated(hookId, uniqueId('token')),
        request.hookReceived(hookId),
        request.hookDisposed(hookId),
        request.waitCreated('wait-a'),
        request.waitCompleted('wait-a'),
        request.stepCompleted('step-a'),
        request.runCompleted(),
      ];
      const batch = await world.events.createBatch(runId, requests, { lastKnownEventId: tail });
      const log = await expectSoundLog(world, runId);
      assert.deepEqual(batch.results.map(eventOf), log.slice(2));
      assert.deepEqual(
        log.slice(2).map(({ eventType }) => eventType),
        requests.map(({ eventType }) => eventType),
      );
      assert.equal(batch.lastKnownEventId, log.at(-1)?.eventId);
      const { results } = batch;
      assert.equal(results[0]?.step?.status, 'pending');
      assert.equal(results[1]?.step?.status, 'running');
      assert.equal(results[2]?.hook?.hookId, hookId);
      assert.equal(results[5]?.wait?.status, 'waiting');
      assert.equal(results[6]?.wait?.status, 'completed');
      assert.deepEqual(results[7]?.step, await world.steps.get(runId, 'step-a'));
      assert.deepEqual(results[8]?.run, await world.runs.get(runId));
      await expectRefused('HOOK_NOT_FOUND', () => world.hooks.get(hookId));
    },
  },
  {
    id: 'F10-adjacent',
    title: 'F10 LO4 L3 the events of a batch are adjacent, whatever other instances append',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const batches = (writer: World, name: string) =>
        Array.from({ length: 15 }, (_, i) =>
          writer.events.createBatch(runId, waits(5, `${name}-${i}`)),
        );
      const singles = (writer: World, name: string) =>
        waits(15, name).map((one) => writer.events.createBatch(runId, [one]));
      const done = await Promise.all([
        ...batches(world, 'a'),
        ...singles(other, 'b'),
        ...batches(other, 'c'),
        ...singles(world, 'd'),
      ]);
      const log = await expectSoundLog(world, runId);
      assert.equal(log.length, 2 + 30 * 5 + 30);
      for (const { results } of done) {
        const events = results.map(eventOf);
        const first = events[0]?.seq ?? 0;
        assert.deepEqual(events, log.slice(first - 1, first - 1 + events.length));
      }
    },
  },
  {
    id: 'F10-one-winner',
    title: 'F10 F3 of concurrent batches fenced on one tail exactly one commits, whole',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId, tail } = await startedRun(world);
      const settled = await Promise.allSettled(
        Array.from({ length: 12 }, (_, i) =>
          (i % 2 ? world : other).events.createBatch(runId, waits(4, `wait-${i}`), {
            lastKnownEventId: tail,
          }),
        ),
      );
      const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      assert.equal(refused.length, 11);
      for (const error of refused) assert.equal(error.code, 'FENCE_CONFLICT');
      assert.equal((await expectSoundLog(world, runId)).length, 6);
    },
  },
  {
    id: 'F10-stale-fence',
    title:
      'F10 F4 F6 a batch on a stale tail is refused whole; the tail it returns is the next fence',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await startedRun(world);
      const missed = eventOf(await world.events.create(runId, request.waitCreated('wait-x')));
      const error = await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
        world.events.createBatch(runId, waits(3), { lastKnownEventId: tail }),
      );
      assert.deepEqual(error.details.events, [missed]);
      assert.equal(error.details.tailEventId, missed.eventId);
      let fence = missed.eventId;
      for (const prefix of ['a', 'b', 'c']) {
        const batch = await world.events.createBatch(runId, waits(3, prefix), {
          lastKnownEventId: fence,
        });
        fence = batch.lastKnownEventId;
      }
      assert.equal((await expectSoundLog(world, runId)).length, 12);
    },
  },
  {
    id: 'FE4-refused-in-the-middle',
    title: 'F10 FE4 F4 a batch refused in the middle wrote nothing: no event, entity, id or token',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      await world.events.create(runId, request.waitCreated('wait-there'));
      const [hookId, token] = [uniqueId('hook'), uniqueId('token')];
      const parts = [
        request.stepCreated('step-a'),
        request.hookCreated(hookId, token),
        request.waitCreated('wait-a'),
      ];
      const refused = [
        [request.waitCreated('wait-there'), 'WAIT_EXISTS'],
        [request.stepCompleted('step-none'), 'STEP_NOT_FOUND'],
        [request.waitCreated('wait-a'), 'WAIT_EXISTS'],
        [request.hookReceived(uniqueId('hook')), 'HOOK_NOT_FOUND'],
      ] as const;
      for (const [bad, code] of refused) {
        const error = await expectNoTrace(code, world, runId, () =>
          world.events.createBatch(runId, [...parts, bad, request.runCompleted()]),
        );
        assert.equal(error.details.index, 3);
        assert.equal(error.details.eventType, bad.eventType);
      }
      const { runId: claimant } = await startedRun(other);
      const claim = await other.events.create(claimant, request.hookCreated(hookId, token));
      assert.equal(eventOf(claim).eventType, 'hook_created', 'the token was free');
      await other.events.create(claimant, request.hookDisposed(hookId));
      const { results } = await world.events.createBatch(runId, parts);
      assert.deepEqual(
        results.map((result) => eventOf(result).seq),
        [4, 5, 6],
      );
      await expectSoundLog(world, runId);
    },
  },
  {
    id: 'F10-nothing-after-the-end',
    title: 'F10 what follows the end of the run in a batch is RUN_TERMINAL, and refuses all of it',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const late = [request.stepCreated('step-a'), request.waitCreated('b'), request.runFailed()];
      for (const end of [request.runCompleted(), request.runFailed(), request.runCancelled()]) {
        for (const one of late) {
          const error = await expectNoTrace('RUN_TERMINAL', world, runId, () =>
            world.events.createBatch(runId, [request.waitCreated('wait-a'), end, one]),
          );
          assert.equal(error.details.index, 2);
        }
      }
      assert.equal((await world.runs.get(runId)).status, 'running');
      const ended = await world.events.createBatch(runId, [...waits(2), request.runCompleted()]);
      assert.equal(ended.results[2]?.run?.status, 'completed');
      assert.deepEqual((await world.waits.list({ runId })).data, [], 'open waits are closed');
    },
  },
  {
    id: 'F10-creates-the-run',
    title: 'F10 L4 EN5 a batch may begin with run_created; refused, it leaves no run',
    needs: [],
    async run({ world }) {
      const runId = createRunId();
      const begin = [request.runCreated(), request.runStarted(), request.stepCreated('step-a')];
      const error = await expectNoTrace('STEP_EXISTS', world, runId, () =>
        world.events.createBatch(runId, [...begin, request.stepCreated('step-a')]),
      );
      assert.equal(error.details.index, 3);
      assert.deepEqual((await world.runs.list()).data, []);
      const correlated = await world.events.listByCorrelationId({ correlationId: 'step-a' });
      assert.deepEqual(correlated.data, []);
      const batch = await world.events.createBatch(runId, begin);
      assert.deepEqual(batch.results.map(eventOf), await expectSoundLog(world, runId));
      assert.equal(batch.results[1]?.run?.status, 'running');
      assert.deepEqual(
        (await world.runs.list({ status: 'running' })).data.map((run) => run.runId),
        [runId],
      );
      await expectNoTrace('RUN_EXISTS', world, runId, () => world.events.createBatch(runId, begin));
      await expectRefused('RUN_NOT_FOUND', () =>
        world.events.createBatch(createRunId(), [request.stepCreated('step-a')]),
      );
    },
  },
  {
    id: 'F10-tokens',
    title: 'F10 EN9 EN11 tokens claimed and released within a batch count within it',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const token = uniqueId('token');
      const [first, second, third] = [uniqueId('hook'), uniqueId('hook'), uniqueId('hook')];
      const { results } = await world.events.createBatch(runId, [
        request.hookCreated(first, token),
        request.hookCreated(second, token),
        request.hookDisposed(first),
        request.hookCreated(third, token),
      ]);
      const types = results.map((result) => eventOf(result).eventType);
      assert.deepEqual(types, ['hook_created', 'hook_conflict', 'hook_disposed', 'hook_created']);
      const conflict = eventOf(results[1] ?? {});
      assert.deepEqual('eventData' in conflict && conflict.eventData, {
        token,
        conflictingRunId: runId,
      });
      assert.equal(results[1]?.hook, undefined);
      assert.equal((await world.hooks.getByToken(token)).hookId, third);
      await world.events.createBatch(runId, [
        request.hookDisposed(third),
        request.hookCreated(`${third}-b`, token),
        request.hookDisposed(`${third}-b`),
      ]);
      await expectRefused('HOOK_NOT_FOUND', () => world.hooks.getByToken(token));
      const { runId: other } = await startedRun(world);
      const claim = await world.events.create(other, request.hookCreated(uniqueId('hook'), token));
      assert.equal(eventOf(claim).eventType, 'hook_created', 'the token is free again');
    },
  },
  {
    id: 'F10-sizes',
    title: 'F10 a batch takes 1 to 1000 events; 0 and 1001 are INVALID_ARGUMENT',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await startedRun(world);
      const before = await snapshot(world, runId);
      const bad = [[], waits(1001), undefined, null, {}, 'events'] as unknown as EventRequest[][];
      for (const requests of bad) {
        await expectInvalid('events', () => world.events.createBatch(runId, requests));
      }
      assert.deepEqual(await snapshot(world, runId), before);
      await world.events.createBatch(runId, waits(1, 'one'), { lastKnownEventId: tail });
      const { results, lastKnownEventId } = await world.events.createBatch(runId, waits(1000));
      assert.equal(results.length, 1000);
      const log = await expectSoundLog(world, runId);
      assert.equal(log.length, 1003);
      assert.equal(log.at(-1)?.eventId, lastKnownEventId);
    },
  },
  {
    id: 'F10-guard',
    title: 'F10 stateUpdatedAt guards a batch as a whole',
    needs: [],
    async run({ world }) {
      const { runId } = await createdRun(world);
      const hookId = uniqueId('hook');
      await world.events.createBatch(runId, [
        request.runStarted(),
        request.hookCreated(hookId, uniqueId('token')),
        request.hookReceived(hookId),
      ]);
      await expectNoTrace('PRECONDITION_FAILED', world, runId, () =>
        world.events.createBatch(runId, waits(3), { stateUpdatedAt: 1 }),
      );
      await world.events.createBatch(runId, waits(3), { stateUpdatedAt: Date.now() + 60_000 });
      assert.equal((await readLog(world, runId)).length, 7);
    },
  },
];
