import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { EntityConflictError, type ErrorCode, RunExpiredError } from '../errors.js';
import type { CreateEventRequest } from '../events.js';
import { payloadDigest } from '../refusals.js';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import { expectNoTrace, readAll, readLog } from './expect.js';
import { expectFold } from './expect-fold.js';
import { eventOf, startedRun } from './given.js';
import { race } from './race.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

const createdOnce = (
  kind: 'step' | 'hook' | 'wait',
  code: ErrorCode,
  makeRequest: () => CreateEventRequest,
): ConformanceTest => ({
  id: `EN1-${kind}-created-once`,
  title: `S EN1 of 16 instances that create one ${kind} at once exactly one commits, the others get ${code}`,
  needs: [],
  async run({ world, open }) {
    const { runId } = await startedRun(world);
    const { events, refusals } = await race([world, await open()], 16, (instance) =>
      instance.events.create(runId, makeRequest()),
    );
    const log = await expectFold(world, runId);
    assert.deepEqual(log.slice(2), events);
    assert.deepEqual(
      events.map(({ eventType }) => eventType),
      [`${kind}_created`],
    );
    assert.deepEqual(
      refusals.map((error) => error.code),
      Array(15).fill(code),
    );
    assert.ok(refusals.every(EntityConflictError.is));
  },
});

/** Sends the same request twice in a row, and 16 times at once: one commit each time, the code for all others. */
async function expectOnce(
  worlds: readonly [World, World],
  code: ErrorCode,
  before: readonly CreateEventRequest[],
  one: CreateEventRequest,
): Promise<void> {
  const [world, other] = worlds;
  const again = await startedRun(world);
  for (const made of [...before, one]) await world.events.create(again.runId, made);
  await expectNoTrace(code, world, again.runId, () => other.events.create(again.runId, one));
  await world.events.create(again.runId, request.runCompleted());

  const { runId } = await startedRun(world);
  for (const made of before) await world.events.create(runId, made);
  const raced = await race(worlds, 16, (instance) => instance.events.create(runId, one));
  assert.equal(raced.events.length, 1);
  assert.ok(raced.refusals.every((error) => error.code === code));
  const log = await expectFold(world, runId);
  assert.equal(log.filter(({ eventType }) => eventType === one.eventType).length, 1);
  await world.events.create(runId, request.runCompleted());
}

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

/** What the state machine promises about entities when instances race and writers repeat themselves. */
export const entityTests: readonly ConformanceTest[] = [
  createdOnce('step', 'STEP_EXISTS', () => request.stepCreated('step')),
  createdOnce('wait', 'WAIT_EXISTS', () => request.waitCreated('wait')),
  createdOnce('hook', 'HOOK_EXISTS', () => request.hookCreated('hook', 'token')),
  {
    id: 'EN2-nothing-after-the-terminal-event',
    title: 'S EN2 no event of a step after its terminal event, whoever races to write it',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const makers = [
        request.stepStarted,
        request.stepCompleted,
        request.stepFailed,
        request.stepRetrying,
      ];
      for (const step of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
        await world.events.create(runId, request.stepCreated(step));
        await world.events.create(runId, request.stepStarted(step));
        const { refusals } = await race([world, other], 16, (instance, i) =>
          instance.events.create(runId, makers[i % 4]?.(step) ?? request.stepStarted(step)),
        );
        assert.ok(refusals.every(({ code }) => code === 'STEP_TERMINAL'));
        const events = (await readLog(world, runId)).filter((one) => one.correlationId === step);
        const types = events.map(({ eventType }) => eventType);
        const terminal = types.filter(
          (type) => type === 'step_completed' || type === 'step_failed',
        );
        assert.equal(terminal.length, 1);
        assert.equal(types.at(-1), terminal[0]);
        for (const make of makers) {
          await expectNoTrace('STEP_TERMINAL', world, runId, () =>
            other.events.create(runId, make(step)),
          );
        }
      }
      await expectFold(world, runId);
    },
  },
  {
    id: 'EN3-wait-completed-once',
    title:
      'S EN3 of two or 16 completions of one wait exactly one commits, the others get WAIT_COMPLETED',
    needs: [],
    async run({ world, open }) {
      await expectOnce(
        [world, await open()],
        'WAIT_COMPLETED',
        [request.waitCreated('wait')],
        request.waitCompleted('wait'),
      );
    },
  },
  {
    id: 'EN3-hook-disposed-once',
    title:
      'S EN3 of two or 16 disposals of one hook exactly one commits, the others get HOOK_NOT_FOUND',
    needs: [],
    async run({ world, open }) {
      await expectOnce(
        [world, await open()],
        'HOOK_NOT_FOUND',
        [request.hookCreated('hook', 'token')],
        request.hookDisposed('hook'),
      );
    },
  },
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
  {
    id: 'EN13-one-terminal-event',
    title:
      'S EN13 of racing completions, failures and cancellations of one run exactly one commits',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const ends = [request.runCompleted, request.runFailed, request.runCancelled];
      for (let round = 0; round < 6; round += 1) {
        const { runId } = await startedRun(world);
        const { events, refusals } = await race([world, other], 12, (instance, i) =>
          instance.events.create(runId, (ends[(i + round) % 3] ?? request.runCompleted)()),
        );
        const log = await expectFold(world, runId);
        assert.equal(log.length, 3);
        for (const event of events) assert.deepEqual(event, log[2]);
        assert.ok(refusals.every(({ code }) => code === 'RUN_TERMINAL'));
        assert.equal((await other.runs.get(runId)).status, log[2]?.eventType.slice('run_'.length));
        const late = await race([other], 3, (instance, i) =>
          instance.events.create(runId, (ends[i] ?? request.runCompleted)()),
        );
        for (const event of late.events) assert.deepEqual(event, log[2]);
        assert.deepEqual(await readLog(world, runId), log);
      }
    },
  },
  {
    id: 'EN13-cancelled-again',
    title: 'S EN13 a repeated run_cancelled returns the first event and appends nothing',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const first = await world.events.create(runId, request.runCancelled());
      const late = await other.events.create(runId, request.runCancelled());
      assert.deepEqual(late, first);
      assert.deepEqual((await expectFold(world, runId)).at(-1), eventOf(first));
      assert.equal((await readLog(other, runId)).length, 3);
    },
  },
];
