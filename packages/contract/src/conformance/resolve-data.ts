import assert from 'node:assert/strict';
import type { Event } from '../events.js';
import { TRANSITIONS } from '../transitions.js';
import type { World } from '../world.js';
import { expectRefused, expectSoundLog, readLog } from './expect.js';
import { startedRun, uniqueId } from './given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

type Fields = Readonly<Record<string, unknown>>;

function without(value: object, fields: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !fields.includes(key)));
}

/** The event as `resolveData: 'none'` must give it. */
function stripped(event: Event): Fields {
  const { eventData, ...rest } = { eventData: undefined, ...event } as Event & {
    eventData: object | undefined;
  };
  const kept = without(eventData ?? {}, TRANSITIONS[event.eventType].payloadFields);
  return Object.keys(kept).length === 0 ? rest : { ...rest, eventData: kept };
}

/** Entities may say `input: undefined` or leave it out. */
const defined = (value: object): Fields =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));

const resolveData = 'none' as const;

/** Appends one event of every kind, with and without payloads, and returns what came back. */
async function writeAll(world: World, runId: string, hookId: string, token: string) {
  const resumeAt = new Date('2027-01-02T03:04:05.678Z');
  const requests = [
    request.stepCreated('step-a'),
    request.stepStarted('step-a'),
    request.stepRetrying('step-a'),
    request.stepStarted('step-a'),
    request.stepCompleted('step-a'),
    request.stepCreated('step-b'),
    request.stepFailed('step-b'),
    request.hookCreated(hookId, token),
    request.hookReceived(hookId),
    request.hookCreated(`${hookId}-second`, token),
    request.waitCreated('wait-a', resumeAt),
    request.waitCompleted('wait-a'),
  ];
  const results = [];
  for (const one of requests) {
    results.push(await world.events.create(runId, one, { resolveData }));
  }
  return results;
}

/** `resolveData: 'none'`: what comes back is smaller, what is written is the same. */
export const resolveDataTests: readonly ConformanceTest[] = [
  {
    id: 'P-resolve-none-reads',
    title: 'P resolveData none leaves out payload fields and nothing else, on every list and get',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const [hookId, token] = [uniqueId('hook'), uniqueId('token')];
      await writeAll(world, runId, hookId, token);
      const log = await expectSoundLog(world, runId);
      const light = await world.events.list({ runId, resolveData });
      assert.deepEqual(light.data, log.map(stripped));
      const wait = light.data.find(({ eventType }) => eventType === 'wait_created');
      assert.deepEqual(wait && 'eventData' in wait && wait.eventData, {
        resumeAt: new Date('2027-01-02T03:04:05.678Z'),
      });
      for (const event of log) {
        const one = await world.events.get(runId, event.eventId, { resolveData });
        assert.deepEqual(one, stripped(event));
      }
      const correlated = await world.events.listByCorrelationId({
        correlationId: 'step-a',
        runId,
        resolveData,
      });
      assert.deepEqual(
        correlated.data,
        log.filter(({ correlationId }) => correlationId === 'step-a').map(stripped),
      );
      const { cursor } = await world.events.list({ runId, resolveData, pagination: { limit: 2 } });
      const next = await world.events.list({ runId, pagination: { cursor: cursor ?? undefined } });
      assert.deepEqual(next.data, log.slice(2), 'a cursor does not depend on it');
    },
  },
  {
    id: 'P-resolve-none-entities',
    title: 'P resolveData none leaves input, output and metadata out of entities, and nothing else',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const [hookId, token] = [uniqueId('hook'), uniqueId('token')];
      await writeAll(world, runId, hookId, token);
      const hook = await world.hooks.get(hookId);
      assert.ok(hook.metadata instanceof Uint8Array);
      const lightHook = without(hook, ['metadata']);
      assert.deepEqual(defined(await world.hooks.get(hookId, { resolveData })), lightHook);
      assert.deepEqual(defined(await world.hooks.getByToken(token, { resolveData })), lightHook);
      const hooks = await world.hooks.list({ runId, resolveData });
      assert.deepEqual(hooks.data.map(defined), [lightHook]);

      const steps = (await world.steps.list({ runId })).data;
      assert.equal(steps.length, 2);
      const lightSteps = steps.map((step) => without(step, ['input', 'output']));
      const listed = await world.steps.list({ runId, resolveData });
      assert.deepEqual(listed.data.map(defined), lightSteps);
      for (const [i, { stepId }] of steps.entries()) {
        const one = await world.steps.get(runId, stepId, { resolveData });
        assert.deepEqual(defined(one), lightSteps[i]);
      }
      const waits = await world.waits.list({ runId, resolveData });
      assert.deepEqual(waits, await world.waits.list({ runId }));

      await world.events.create(runId, request.runCompleted());
      const run = await world.runs.get(runId);
      assert.ok(run.input !== undefined && run.output !== undefined);
      const lightRun = without(run, ['input', 'output']);
      assert.deepEqual(defined(await world.runs.get(runId, { resolveData })), lightRun);
      const runs = await world.runs.list({ resolveData });
      assert.deepEqual(runs.data.map(defined), [lightRun]);
    },
  },
  {
    id: 'P-resolve-none-writes',
    title: 'P resolveData none on an append strips its result, and never what is written',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await startedRun(world);
      const results = await writeAll(world, runId, uniqueId('hook'), uniqueId('token'));
      const { results: batched } = await world.events.createBatch(
        runId,
        [request.stepCreated('step-z'), request.runCompleted()],
        { resolveData },
      );
      const log = (await readLog(world, runId)).slice(2);
      const returned = [...results, ...batched];
      assert.deepEqual(
        returned.map(({ event }) => event),
        log.map(stripped),
      );
      for (const { run, step, hook } of returned) {
        for (const entity of [run, step]) {
          assert.equal(entity?.input, undefined);
          assert.equal(entity?.output, undefined);
        }
        assert.equal(hook?.metadata, undefined);
      }
      for (const event of log) {
        const { payloadFields } = TRANSITIONS[event.eventType];
        const data: Fields = 'eventData' in event ? { ...event.eventData } : {};
        for (const field of payloadFields) assert.ok(field in data, `${event.eventType}.${field}`);
      }
      const conflict = await expectRefused('FENCE_CONFLICT', () =>
        world.events.create(runId, request.waitCreated('wait-z'), {
          lastKnownEventId: tail,
          resolveData,
        }),
      );
      assert.deepEqual(conflict.details.events, log.map(stripped), 'nor in a conflict');
    },
  },
];
