import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { EntityConflictError, RunExpiredError } from '../errors.js';
import { payloadDigest } from '../refusals.js';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import { expectNoTrace, readAll, readLog } from './expect.js';
import { expectFold } from './expect-fold.js';
import { startedRun } from './given.js';
import { race } from './race.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

/** Whether an instance shows the run, by one of the ways to read it. */
async function isReadable(world: World, runId: string, by: 'get' | 'list'): Promise<boolean> {
  if (by === 'get') {
    return world.runs.get(runId).then(
      () => true,
      () => false,
    );
  }
  const runs = await readAll((cursor) => world.runs.list({ pagination: { cursor } }));
  return runs.some((run) => run.runId === runId);
}

/** What the state machine promises about runs and steps. */
export const entityTests: readonly ConformanceTest[] = [
  {
    id: 'EN5-run-has-its-first-event',
    title: 'L4 EN5 a run that can be read has run_created in its log',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      for (let i = 0; i < 20; i += 1) {
        const runId = createRunId();
        let committed = false;
        const creating = (
          i % 2 === 0
            ? world.events.create(runId, request.runCreated())
            : world.events.create(runId, request.runStartedWithInput())
        ).finally(() => {
          committed = true;
        });
        for (;;) {
          const wasCommitted = committed;
          if (await isReadable(other, runId, i % 4 < 2 ? 'get' : 'list')) break;
          assert.ok(!wasCommitted, 'a committed run can be read');
          await setImmediate();
        }
        const [first] = await readLog(other, runId);
        assert.equal(first?.eventType, 'run_created');
        await creating;
        await expectFold(other, runId);
      }
    },
  },
  {
    id: 'EN6-run-created-once',
    title: 'S EN6 a duplicate run_created is refused with RUN_EXISTS and the first run stays',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const runId = createRunId();
      const { events, refusals } = await race([world, other], 16, (instance, i) =>
        instance.events.create(runId, request.runCreated({ input: Uint8Array.of(i) })),
      );
      assert.equal(events.length, 1);
      assert.ok(refusals.every(({ code }) => code === 'RUN_EXISTS'));
      const log = await expectFold(world, runId);
      assert.deepEqual(log, events);
      for (const one of [request.runStarted(), request.runCompleted()]) {
        await world.events.create(runId, one);
        const error = await expectNoTrace('RUN_EXISTS', world, runId, () =>
          other.events.create(runId, request.runCreated()),
        );
        assert.ok(EntityConflictError.is(error));
      }
    },
  },
  {
    id: 'EN7-steps-of-an-ended-run',
    title:
      'S EN7 no step starts on an ended run (410 RUN_EXPIRED), and one in flight may still finish',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      for (const end of [request.runCompleted, request.runFailed, request.runCancelled]) {
        const { runId } = await startedRun(world);
        for (const step of ['parked', 'completes', 'fails', 'retries']) {
          await world.events.create(runId, request.stepCreated(step));
          if (step === 'parked') continue;
          await world.events.create(runId, request.stepStarted(step));
        }
        await world.events.create(runId, end());
        const error = await expectNoTrace('RUN_EXPIRED', world, runId, () =>
          other.events.create(runId, request.stepStarted('parked')),
        );
        assert.ok(RunExpiredError.is(error));
        assert.equal(error.status, 410);
        await expectNoTrace('RUN_TERMINAL', world, runId, () =>
          other.events.create(runId, request.stepCreated('new')),
        );
        await other.events.create(runId, request.stepCompleted('completes'));
        await other.events.create(runId, request.stepFailed('fails'));
        await other.events.create(runId, request.stepStarted('retries'));
        await other.events.create(runId, request.stepRetrying('retries'));
        await expectNoTrace('RUN_EXPIRED', world, runId, () =>
          other.events.create(runId, request.stepStarted('retries')),
        );
        await expectFold(world, runId);
      }
    },
  },
  {
    id: 'EN12-conflict-tells-what-is-stored',
    title: 'S EN12 STEP_EXISTS carries the stored step name and the digest of the stored input',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const inputs = [Uint8Array.of(0, 1, 255), { order: 7, lines: ['a'] }, null, 2n ** 70n];
      for (const [i, input] of inputs.entries()) {
        const step = `step-${i}`;
        await world.events.create(runId, request.stepCreated(step, input, 'charge'));
        const error = await expectNoTrace('STEP_EXISTS', world, runId, () =>
          other.events.create(runId, request.stepCreated(step, Uint8Array.of(9), 'refund')),
        );
        assert.ok(EntityConflictError.is(error));
        assert.equal(error.details.stepName, 'charge');
        assert.equal(error.details.inputDigest, await payloadDigest(input));
        assert.notEqual(error.details.inputDigest, await payloadDigest(Uint8Array.of(9)));
      }
    },
  },
];
