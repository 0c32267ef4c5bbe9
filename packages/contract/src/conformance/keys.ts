import assert from 'node:assert/strict';
import type { CreateEventParams } from '../create-event-params.js';
import type { CreateEventRequest, EventRequest } from '../events.js';
import { createRunId } from '../run-id.js';
import type { EventResult, World } from '../world.js';
import { expectInvalid, expectNoTrace, expectRefused, expectSoundLog, readLog } from './expect.js';
import { appendAll, eventOf, startedRun, uniqueId } from './given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

interface KeyedCase {
  /** Appended before. */
  readonly given: readonly EventRequest[];
  readonly request: CreateEventRequest;
  /** Appended after: changes what the first outcome showed. */
  readonly later: readonly EventRequest[];
}

function keyedCases(name: string): readonly KeyedCase[] {
  const [hookId, token] = [`${name}-hook`, `${name}-token`];
  const hook = request.hookCreated(hookId, token);
  const step = request.stepCreated('step-a');
  const start = request.stepStarted('step-a');
  const retry = request.stepRetrying('step-a', new Date(Date.now() - 1000));
  return [
    { given: [], request: request.runStarted(), later: [step, request.runCompleted()] },
    { given: [], request: step, later: [start, request.stepCompleted('step-a')] },
    { given: [step], request: start, later: [retry, start] },
    { given: [step, start], request: retry, later: [start, request.stepFailed('step-a')] },
    { given: [step, start], request: request.stepCompleted('step-a'), later: [] },
    { given: [step, start], request: request.stepFailed('step-a'), later: [request.runFailed()] },
    {
      given: [],
      request: hook,
      later: [request.hookReceived(hookId), request.hookDisposed(hookId)],
    },
    { given: [hook], request: request.hookReceived(hookId), later: [request.hookDisposed(hookId)] },
    { given: [hook], request: request.hookDisposed(hookId), later: [request.runCancelled()] },
    {
      given: [hook],
      request: request.hookCreated(`${hookId}-2`, token),
      later: [request.hookDisposed(hookId)],
    },
    { given: [], request: request.waitCreated('w'), later: [request.waitCompleted('w')] },
    {
      given: [request.waitCreated('w')],
      request: request.waitCompleted('w'),
      later: [request.runFailed()],
    },
    { given: [hook, step], request: request.runCompleted(), later: [] },
    {
      given: [step, start],
      request: request.runFailed(),
      later: [request.stepCompleted('step-a')],
    },
    {
      given: [step, start],
      request: request.runCancelled(),
      later: [request.stepCompleted('step-a')],
    },
  ];
}

/** A run in the state that a case begins with. */
async function begin(world: World, { given, request: first }: KeyedCase): Promise<string> {
  const runId = createRunId();
  await world.events.create(runId, request.runCreated());
  if (first.eventType !== 'run_started') await world.events.create(runId, request.runStarted());
  await appendAll(world, runId, given);
  return runId;
}

const sameOutcome = (again: EventResult, first: EventResult, what: string): void =>
  assert.deepEqual(again, first, `${what}: the first outcome again`);

/** Idempotency keys: a retry gives the first outcome, and appends nothing. */
export const keyTests: readonly ConformanceTest[] = [
  {
    id: 'FE6-first-outcome',
    title: 'FE6 the same key returns the first outcome, as of then, for every event type; log + 1',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const count = keyedCases('').length;
      for (let i = 0; i < count; i += 1) {
        const one = keyedCases(uniqueId('case'))[i];
        assert.ok(one !== undefined);
        const runId = await begin(world, one);
        const params = { idempotencyKey: 'key' };
        const first = await world.events.create(runId, one.request, params);
        const what = `${i} ${one.request.eventType}`;
        const log = await readLog(world, runId);
        assert.deepEqual(eventOf(first), log.at(-1), what);
        sameOutcome(await other.events.create(runId, one.request, params), first, what);
        await appendAll(world, runId, one.later);
        sameOutcome(await world.events.create(runId, one.request, params), first, what);
        sameOutcome(await other.events.create(runId, one.request, params), first, what);
        assert.equal((await expectSoundLog(world, runId)).length, log.length + one.later.length);
      }
    },
  },
  {
    id: 'FE6-two-events',
    title: 'FE6 FE5 a keyed run_started that also creates the run: both events once',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const runId = createRunId();
      const params = { idempotencyKey: 'key' };
      const first = await world.events.create(runId, request.runStartedWithInput(), params);
      assert.equal(eventOf(first).seq, 2);
      await world.events.create(runId, request.waitCreated('wait-a'));
      const again = await other.events.create(runId, request.runStartedWithInput(), params);
      sameOutcome(again, first, 'run_started');
      const log = await expectSoundLog(world, runId);
      assert.deepEqual(
        log.map(({ eventType }) => eventType),
        ['run_created', 'run_started', 'wait_created'],
      );
      await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
        world.events.create(runId, request.waitCreated('wait-b'), {
          lastKnownEventId: log[1]?.eventId,
        }),
      );
    },
  },
  {
    id: 'FE6-creates-run',
    title: 'FE6 a keyed run_created: the same run again, no RUN_EXISTS',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const runId = createRunId();
      const params = { idempotencyKey: 'key' };
      const first = await world.events.create(runId, request.runCreated(), params);
      await world.events.create(runId, request.runStarted());
      const again = await other.events.create(runId, request.runCreated(), params);
      sameOutcome(again, first, 'run_created');
      assert.equal(again.run?.status, 'pending');
      assert.equal((await expectSoundLog(world, runId)).length, 2);
    },
  },
  {
    id: 'FE6-other-run',
    title: 'FE6 the same key on another run, or another key on the same run, is another append',
    needs: [],
    async run({ world }) {
      const [{ runId }, { runId: otherRunId }] = [await startedRun(world), await startedRun(world)];
      const params = { idempotencyKey: 'key' };
      const one = await world.events.create(runId, request.waitCreated('wait-a'), params);
      const two = await world.events.create(otherRunId, request.waitCreated('wait-a'), params);
      assert.equal(eventOf(two).runId, otherRunId);
      assert.notEqual(eventOf(two).eventId, eventOf(one).eventId);
      await expectNoTrace('WAIT_EXISTS', world, runId, () =>
        world.events.create(runId, request.waitCreated('wait-a'), { idempotencyKey: 'KEY' }),
      );
      assert.equal((await expectSoundLog(world, runId)).length, 3);
      assert.equal((await expectSoundLog(world, otherRunId)).length, 3);
    },
  },
  {
    id: 'FE6-other-request',
    title: 'FE6 a used key with another request returns the first outcome all the same',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const params = { idempotencyKey: 'key' };
      const first = await world.events.create(runId, request.stepCreated('step-a'), params);
      await world.events.create(runId, request.stepStarted('step-a'));
      const others = [request.waitCreated('wait-a'), request.stepCompleted('step-a')];
      for (const other of [...others, request.runCompleted()]) {
        assert.deepEqual(await world.events.create(runId, other, params), first);
      }
      const batch = await world.events.createBatch(runId, others, params);
      assert.deepEqual(batch.results, [first]);
      assert.equal(batch.lastKnownEventId, eventOf(first).eventId);
      assert.equal((await expectSoundLog(world, runId)).length, 4);
    },
  },
  {
    id: 'FE6-nothing-appended',
    title:
      'FE6 a key of an append that appended nothing returns that outcome again, whatever came after',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const running = { idempotencyKey: 'running' };
      const first = await world.events.create(runId, request.runStarted(), running);
      assert.equal(first.event, undefined);
      await world.events.create(runId, request.waitCreated('wait-a'));
      const cancelled = await world.events.create(runId, request.runCancelled());
      assert.deepEqual(await world.events.create(runId, request.runStarted(), running), first);
      await expectRefused('RUN_EXPIRED', () => world.events.create(runId, request.runStarted()));

      const twice = { idempotencyKey: 'cancelled' };
      const again = await world.events.create(runId, request.runCancelled(), twice);
      assert.deepEqual(again.event, cancelled.event);
      assert.deepEqual(await world.events.create(runId, request.runCancelled(), twice), again);
      assert.equal((await expectSoundLog(world, runId)).length, 4);
    },
  },
  {
    id: 'FE6-refused-leaves-no-key',
    title: 'FE6 FE3 a refused append does not use up its key: the retry is evaluated afresh',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await startedRun(world);
      const params = (key: string, more: CreateEventParams = {}): CreateEventParams => ({
        ...more,
        idempotencyKey: key,
      });
      await expectNoTrace('WAIT_NOT_FOUND', world, runId, () =>
        world.events.create(runId, request.waitCompleted('wait-a'), params('rule')),
      );
      await world.events.create(runId, request.waitCreated('wait-a'));
      await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
        world.events.create(
          runId,
          request.waitCreated('wait-b'),
          params('fence', { lastKnownEventId: tail }),
        ),
      );
      await expectNoTrace('WAIT_EXISTS', world, runId, () =>
        world.events.createBatch(
          runId,
          [request.waitCreated('wait-c'), request.waitCreated('wait-a')],
          params('batch'),
        ),
      );
      const rule = await world.events.create(
        runId,
        request.waitCompleted('wait-a'),
        params('rule'),
      );
      assert.equal(rule.wait?.status, 'completed');
      const fence = await world.events.create(
        runId,
        request.waitCreated('wait-b'),
        params('fence', { lastKnownEventId: eventOf(rule).eventId }),
      );
      assert.equal(eventOf(fence).seq, 5);
      await world.events.createBatch(runId, [request.waitCreated('wait-c')], params('batch'));
      assert.equal((await expectSoundLog(world, runId)).length, 6);
    },
  },
  {
    id: 'FE6-concurrent',
    title: 'FE6 of concurrent appends with one key one commits, and all get its outcome',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const params = { idempotencyKey: 'key' };
      const results = await Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          (i % 2 ? world : other).events.create(runId, request.stepCreated('step-a'), params),
        ),
      );
      for (const result of results) assert.deepEqual(result, results[0]);
      const batches = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          (i % 2 ? world : other).events.createBatch(
            runId,
            [request.waitCreated('wait-a'), request.stepStarted('step-a')],
            { idempotencyKey: 'batch' },
          ),
        ),
      );
      for (const batch of batches) assert.deepEqual(batch, batches[0]);
      assert.equal((await expectSoundLog(world, runId)).length, 5);
    },
  },
  {
    id: 'FE6-kept',
    title: 'FE6 F10 a keyed batch returns its first outcome also of events that appended nothing',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const cancelled = request.runCancelled();
      const batch = [request.runStarted(), request.stepCreated('step-a'), cancelled, cancelled];
      const keyed = { idempotencyKey: 'key' };
      const first = await world.events.createBatch(runId, batch, keyed);
      assert.equal(first.results[0]?.run?.status, 'running');
      assert.deepEqual(first.results[3]?.event, first.results[2]?.event);
      assert.deepEqual(await other.events.createBatch(runId, batch, keyed), first);
      assert.equal((await expectSoundLog(world, runId)).length, 4);
    },
  },
  {
    id: 'FE6-batch',
    title: 'FE6 F10 a keyed batch returns its first outcome whole, with its own tail',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const [hookId, token] = [uniqueId('hook'), uniqueId('token')];
      const batches: EventRequest[][] = [
        [request.stepCreated('step-solo')],
        [
          request.stepCreated('step-a'),
          request.hookCreated(hookId, token),
          request.stepStarted('step-a'),
          request.hookCreated(`${hookId}-2`, token),
          request.waitCreated('wait-a'),
          request.waitCompleted('wait-a'),
        ],
        [request.hookDisposed(hookId), request.runStarted(), request.stepCompleted('step-a')],
        [request.waitCreated('wait-b'), request.runCompleted()],
      ];
      const firsts = [];
      for (const [i, batch] of batches.entries()) {
        firsts.push(await world.events.createBatch(runId, batch, { idempotencyKey: `key-${i}` }));
      }
      const log = await expectSoundLog(world, runId);
      for (const [i, batch] of batches.entries()) {
        const again = await other.events.createBatch(runId, batch, { idempotencyKey: `key-${i}` });
        assert.deepEqual(again, firsts[i], `batch ${i}`);
      }
      assert.deepEqual(await readLog(world, runId), log);
    },
  },
  {
    id: 'FE6-passed',
    title: 'FE6 the first outcome includes the out-of-band events that it was pushed past',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const hookId = uniqueId('hook');
      const created = await world.events.create(
        runId,
        request.hookCreated(hookId, uniqueId('token')),
      );
      const fence = eventOf(created);
      const received = [
        eventOf(await world.events.create(runId, request.hookReceived(hookId))),
        eventOf(await world.events.create(runId, request.hookReceived(hookId))),
      ];
      for (const params of [
        { lastKnownEventId: fence.eventId },
        { asOfTimestamp: Date.now() + 60_000 },
      ]) {
        const keyed = {
          ...params,
          fenceScope: 'in-band' as const,
          idempotencyKey: Object.keys(params).join(),
        };
        const wait = request.waitCreated(`wait-${keyed.idempotencyKey}`);
        const first = await world.events.create(runId, wait, keyed);
        if ('lastKnownEventId' in params) assert.deepEqual(first.passed?.events, received);
        await world.events.create(runId, request.hookReceived(hookId));
        sameOutcome(await world.events.create(runId, wait, keyed), first, keyed.idempotencyKey);
      }
    },
  },
  {
    id: 'F8-key-before-fence',
    title: 'F8 FE6 a used key wins over fence, guard and rules; the schema wins over the key',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await startedRun(world);
      const params = { idempotencyKey: 'key', lastKnownEventId: tail };
      const first = await world.events.create(runId, request.waitCreated('wait-a'), params);
      await appendAll(world, runId, [
        request.stepCreated('step-a'),
        request.stepCompleted('step-a'),
        request.runCompleted(),
      ]);
      for (const other of [
        params,
        { ...params, lastKnownEventId: eventOf(first).eventId },
        { idempotencyKey: 'key', asOfTimestamp: 0 },
        { idempotencyKey: 'key', stateUpdatedAt: 0 },
        { idempotencyKey: 'key' },
      ]) {
        const again = await world.events.create(runId, request.waitCreated('wait-a'), other);
        sameOutcome(again, first, JSON.stringify(other));
      }
      await expectInvalid('lastKnownEventId', () =>
        world.events.create(runId, request.waitCreated('wait-a'), {
          idempotencyKey: 'key',
          lastKnownEventId: 'tail',
        }),
      );
      const log = await expectSoundLog(world, runId);
      assert.equal(log.length, 6);
      await world.events.create(runId, request.runFailed(), { idempotencyKey: 'key' });
      assert.deepEqual(await readLog(world, runId), log, 'a used key never appends');
    },
  },
];
