import assert from 'node:assert/strict';
import { EntityConflictError, type ErrorCode } from '../errors.js';
import type { CreateEventRequest } from '../events.js';
import type { World } from '../world.js';
import { expectNoTrace, readLog } from './expect.js';
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

/** Instances that race to change one run or entity: the table's rules hold all the same. */
export const entityRaceTests: readonly ConformanceTest[] = [
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
