import assert from 'node:assert/strict';
import { TooEarlyError } from '../errors.js';
import { expectNoTrace } from './expect.js';
import { expectFold } from './expect-fold.js';
import { eventOf, startedRun } from './given.js';
import { race } from './race.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

const HOUR_MS = 3_600_000;

/** The life of a step. */
export const stepTests: readonly ConformanceTest[] = [
  {
    id: 'S-step-attempts',
    title: 'S a step has attempt 0 until it is started, and one more with every start',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const created = await world.events.create(runId, request.stepCreated('step'));
      assert.equal(created.step?.attempt, 0);
      assert.equal(created.step?.startedAt, undefined);
      const first = await other.events.create(runId, request.stepStarted('step'));
      for (let attempt = 2; attempt <= 5; attempt += 1) {
        if (attempt % 2 === 0) await world.events.create(runId, request.stepRetrying('step'));
        const { step } = await other.events.create(runId, request.stepStarted('step'));
        assert.equal(step?.attempt, attempt);
        assert.equal((await world.steps.get(runId, 'step')).attempt, attempt);
        assert.deepEqual(step?.startedAt, eventOf(first).createdAt, 'startedAt is set once');
      }
      const { events } = await race([world, other], 16, (instance) =>
        instance.events.create(runId, request.stepStarted('step')),
      );
      assert.equal(events.length, 16);
      assert.equal((await world.steps.get(runId, 'step')).attempt, 21);
      await expectFold(world, runId);
    },
  },
  {
    id: 'S-step-too-early',
    title: 'S a step does not start before its retryAfter: 425 TOO_EARLY with the seconds left',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      await world.events.create(runId, request.stepCreated('step'));
      await world.events.create(runId, request.stepStarted('step'));
      const retryAfter = new Date(Date.now() + HOUR_MS);
      const { step } = await world.events.create(runId, request.stepRetrying('step', retryAfter));
      assert.equal(step?.status, 'pending');
      assert.deepEqual(step?.retryAfter, retryAfter);
      const error = await expectNoTrace('TOO_EARLY', world, runId, () =>
        other.events.create(runId, request.stepStarted('step')),
      );
      assert.ok(TooEarlyError.is(error));
      assert.equal(error.status, 425);
      const seconds = error.retryAfter ?? 0;
      // The store's clock may differ a little from this one.
      assert.ok(Math.abs(seconds - 3_600) < 100, `${seconds} s are left of an hour`);
      await expectFold(world, runId);
    },
  },
  {
    id: 'S-step-retried',
    title: 'S a start clears retryAfter, and a retry without one may start at once',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const retry = (retryAfter?: Date) =>
        world.events.create(runId, request.stepRetrying('step', retryAfter));
      await world.events.create(runId, request.stepCreated('step'));
      await world.events.create(runId, request.stepStarted('step'));
      await retry(new Date(Date.now() - HOUR_MS));
      const { step } = await other.events.create(runId, request.stepStarted('step'));
      assert.equal(step?.retryAfter, undefined);
      assert.deepEqual(step?.error, { message: 'not yet' }, 'the last error stays to be seen');
      await retry(new Date(Date.now() + HOUR_MS));
      const { step: overruled } = await retry();
      assert.equal(overruled?.retryAfter, undefined);
      const { step: started } = await other.events.create(runId, request.stepStarted('step'));
      assert.equal(started?.attempt, 3);
      await expectFold(world, runId);
    },
  },
  {
    id: 'S-step-error',
    title: 'S the error of a failed or retried step is { message, stack, code }',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const cases = [
        [
          { error: 'no way', stack: 'at y' },
          { message: 'no way', stack: 'at y' },
        ],
        [
          { error: { message: 'no way', stack: 'at z', code: 'E' } },
          { message: 'no way', stack: 'at z', code: 'E' },
        ],
        [{ error: null }, { message: 'null' }],
      ] as const;
      for (const [i, [eventData, expected]] of cases.entries()) {
        for (const eventType of ['step_failed', 'step_retrying'] as const) {
          const correlationId = `${eventType}-${i}`;
          await world.events.create(runId, request.stepCreated(correlationId));
          await world.events.create(runId, request.stepStarted(correlationId));
          const { step } = await world.events.create(runId, {
            eventType,
            correlationId,
            eventData,
          });
          assert.deepEqual(step?.error, expected);
          assert.deepEqual((await other.steps.get(runId, correlationId)).error, expected);
        }
      }
      await expectFold(other, runId);
    },
  },
  {
    id: 'S-step-by-id-alone',
    title: 'S a step is found by its id alone, and by its run and id',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const { step } = await world.events.create(runId, request.stepCreated('step'));
      assert.deepEqual(await other.steps.get(undefined, 'step'), step);
      assert.deepEqual(await other.steps.get(runId, 'step'), step);
      const elsewhere = await startedRun(world);
      await expectNoTrace('STEP_NOT_FOUND', world, elsewhere.runId, () =>
        other.steps.get(elsewhere.runId, 'step'),
      );
    },
  },
];
