import assert from 'node:assert/strict';
import type { CreateEventRequest, Event } from '../events.js';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import { readLog } from './expect.js';
import { expectFold } from './expect-fold.js';
import { startedRun } from './given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

const MIB = 1_048_576;
const everyByte = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i * 31);

const PAYLOADS: readonly unknown[] = [
  new Uint8Array(0),
  Uint8Array.of(0),
  Uint8Array.of(0, 255, 0, 255, 10, 13, 34, 39, 92),
  everyByte(256),
  everyByte(MIB),
  { text: 'ünï\u2028😀', list: [1, -0.5, 2 ** 53, null, true], when: new Date(1_700_000_000_123) },
  null,
  '',
  false,
  0,
];

const eventData = (event: Event | undefined): unknown =>
  event !== undefined && 'eventData' in event ? event.eventData : undefined;

/** Writes one payload wherever one can stand, and asserts that it comes back everywhere. */
async function expectExactPayload(world: World, other: World, payload: unknown): Promise<void> {
  const runId = createRunId();
  await world.events.create(runId, request.runCreated({ input: payload }));
  const hook: CreateEventRequest = {
    eventType: 'hook_created',
    correlationId: 'hook',
    eventData: { token: runId, metadata: payload },
  };
  const requests: readonly CreateEventRequest[] = [
    request.runStarted(),
    hook,
    request.hookReceived('hook', payload),
    request.stepCreated('step', payload),
    request.stepStarted('step'),
    request.stepCompleted('step', payload),
  ];
  for (const one of requests) await world.events.create(runId, one);
  assert.deepEqual((await other.hooks.get('hook')).metadata, payload);
  await world.events.create(runId, request.runCompleted(payload));
  const log = await expectFold(other, runId);
  assert.deepEqual(eventData(log[0]), request.runCreated({ input: payload }).eventData);
  assert.deepEqual(eventData(log[3]), { payload });
  const step = await other.steps.get(runId, 'step');
  assert.deepEqual([step.input, step.output], [payload, payload]);
  const run = await other.runs.get(runId);
  assert.deepEqual([run.input, run.output], [payload, payload]);
}

/** What is written comes back as it was: every field, every byte, every millisecond. */
export const exactDataTests: readonly ConformanceTest[] = [
  {
    id: 'L6-payloads-are-exact',
    title:
      'L6 payloads come back byte for byte: empty, 0 and 255, 1 MiB, and values that are no bytes',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      for (const payload of PAYLOADS) await expectExactPayload(world, other, payload);
    },
  },
  {
    id: 'L6-nothing-is-shared',
    title: 'L6 neither what was passed in nor what came back shares memory with the log',
    needs: [],
    async run({ world }) {
      const input = Uint8Array.of(1, 2, 3);
      const runId = createRunId();
      const { run } = await world.events.create(runId, request.runCreated({ input }));
      input.fill(9);
      const returned = run?.input;
      assert.ok(returned instanceof Uint8Array);
      returned.fill(8);
      const [first] = await readLog(world, runId);
      assert.ok(first?.eventType === 'run_created' && first.eventData.input instanceof Uint8Array);
      first.eventData.input.fill(7);
      first.createdAt.setTime(0);
      assert.deepEqual((await world.runs.get(runId)).input, Uint8Array.of(1, 2, 3));
      await expectFold(world, runId);
    },
  },
  {
    id: 'S-fields-are-exact',
    title:
      'S executionContext, isWebhook false, specVersion and unknown fields of eventData are kept exactly',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const executionContext = {
        trace: { id: 'é', sampled: false, parts: [1, null, 'x'] },
        empty: {},
      };
      const runId = createRunId();
      const created = {
        eventType: 'run_created' as const,
        specVersion: 2,
        eventData: {
          deploymentId: 'dpl_1',
          workflowName: 'workflow//a//b',
          input: Uint8Array.of(1),
          executionContext,
          fromTheFuture: { kept: true },
        },
      };
      await world.events.create(runId, created);
      const run = await other.runs.get(runId);
      assert.deepEqual(run.executionContext, executionContext);
      assert.deepEqual(
        [run.deploymentId, run.workflowName, run.specVersion],
        ['dpl_1', 'workflow//a//b', 2],
      );
      for (const [id, isWebhook] of [
        ['no', false],
        ['yes', true],
        ['unsaid', undefined],
      ] as const) {
        await world.events.create(runId, {
          eventType: 'hook_created',
          correlationId: id,
          specVersion: 3,
          eventData: { token: `token-${id}`, ...(isWebhook !== undefined && { isWebhook }) },
        });
        const hook = await other.hooks.get(id);
        assert.equal(hook.isWebhook, isWebhook);
        assert.equal('isWebhook' in hook, isWebhook !== undefined);
        assert.equal(hook.specVersion, 3);
      }
      await world.events.create(runId, { ...request.stepCreated('step'), specVersion: 1 });
      assert.equal((await other.steps.get(runId, 'step')).specVersion, 1);
      const unsaid = { eventType: 'wait_created' as const, correlationId: 'wait' };
      const resumeAt = new Date(Date.now() + 1000);
      await world.events.create(runId, { ...unsaid, eventData: { resumeAt } });
      assert.equal((await other.waits.get(runId, 'wait')).specVersion, undefined);
      const log = await expectFold(other, runId);
      assert.deepEqual(eventData(log[0]), created.eventData);
      assert.deepEqual(
        log.map(({ specVersion }) => specVersion),
        [2, 3, 3, 3, 1, undefined],
      );
    },
  },
  {
    id: 'S-times-are-exact',
    title: 'S resumeAt, retryAfter and occurredAt come back as Dates, exact to the millisecond',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      for (const ms of [0, 1, 999, 1_700_000_000_001, 4_102_444_800_999, 253_402_300_799_999]) {
        const time = new Date(ms);
        await world.events.create(runId, request.waitCreated(`wait-${ms}`, time), {
          occurredAt: time,
        });
        assert.deepEqual((await other.waits.get(runId, `wait-${ms}`)).resumeAt, time);
        await world.events.create(runId, request.stepCreated(`step-${ms}`));
        await world.events.create(runId, request.stepRetrying(`step-${ms}`, time));
        assert.deepEqual((await other.steps.get(runId, `step-${ms}`)).retryAfter, time);
        const event = (await readLog(other, runId)).at(-3);
        assert.deepEqual(event?.occurredAt, time);
        assert.deepEqual(eventData(event), { resumeAt: time });
      }
      await expectFold(other, runId);
    },
  },
];
