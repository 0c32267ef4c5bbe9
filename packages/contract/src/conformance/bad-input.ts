import assert from 'node:assert/strict';
import type { CreateEventParams } from '../create-event-params.js';
import type { CreateEventRequest } from '../events.js';
import { TRANSITIONS } from '../transitions.js';
import type { World } from '../world.js';
import { expectInvalid, expectRefused, expectSoundLog, readLog, snapshot } from './expect.js';
import { eventOf, startedRun, uniqueId } from './given.js';
import { creatingAppends, legalAppends } from './legal-appends.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

/** What no TypeScript caller can pass; a JavaScript one can. */
const asRequest = (value: unknown): CreateEventRequest => value as CreateEventRequest;
const asParams = (value: unknown): CreateEventParams => value as CreateEventParams;

/** A field that must be named, and the value that is wrong. */
type Case = readonly [field: string, value: unknown];

/** One request per kind of entity and then some: what every path has to check. */
export const paths: readonly CreateEventRequest[] = [
  request.stepCreated('step-new'),
  request.stepStarted('step-a'),
  request.stepCompleted('step-a'),
  request.hookCreated('hook-new', 'token-new'),
  request.hookReceived('hook-a'),
  request.hookDisposed('hook-a'),
  request.waitCreated('wait-new'),
  request.waitCompleted('wait-a'),
  request.runStarted(),
  request.runCompleted(),
  request.runFailed(),
  request.runCancelled(),
];

/** A run on which each of `paths` would be accepted. */
export async function readyRun(world: World): Promise<string> {
  const { runId } = await startedRun(world);
  await world.events.createBatch(runId, [
    request.stepCreated('step-a'),
    request.hookCreated('hook-a', uniqueId('token')),
    request.waitCreated('wait-a'),
  ]);
  return runId;
}

/** Every case through `create` and through `createBatch`: refused with the field, and nothing written. */
async function refuseAll(world: World, runId: string, cases: readonly Case[]): Promise<void> {
  const before = await snapshot(world, runId);
  for (const [field, value] of cases) {
    await expectInvalid(field, () => world.events.create(runId, asRequest(value)));
    await expectInvalid(`events[1].${field}`, () =>
      world.events.createBatch(runId, [request.waitCreated('wait-z'), asRequest(value)]),
    );
  }
  assert.deepEqual(await snapshot(world, runId), before, 'nothing was written');
}

const NUL = 'a\0b';
const LONE = 'a\ud800b';
const UNSTORABLE_TEXTS = [NUL, LONE, '\udc00', '\0'];
const LONG = 'x'.repeat(1025);

const withData = (base: object, eventData: object): object => ({ ...base, eventData });

/** Bad requests: a typed error that names the field, and nothing written. */
export const badInputTests: readonly ConformanceTest[] = [
  {
    id: 'B-world-only',
    title: 'B bad input: event types that only worlds write, and those that do not exist',
    needs: [],
    async run({ world }) {
      const runId = await readyRun(world);
      const conflict = { correlationId: 'hook-z', eventData: { token: 'token-z' } };
      const types = ['hook_conflict', 'run_paused', 'RUN_STARTED', '', 7, null, undefined, {}];
      await refuseAll(
        world,
        runId,
        types.map((eventType) => ['eventType', { eventType, ...conflict }] as const),
      );
      const before = await snapshot(world, runId);
      for (const nothing of [undefined, null, 'run_started', 7]) {
        await expectInvalid('event', () => world.events.create(runId, asRequest(nothing)));
        await expectInvalid('events[0]', () =>
          world.events.createBatch(runId, [asRequest(nothing)]),
        );
      }
      assert.deepEqual(await snapshot(world, runId), before);
    },
  },
  {
    id: 'B-correlation-ids',
    title: 'B bad input: correlation ids that are missing, malformed or too long',
    needs: [],
    async run({ world }) {
      const runId = await readyRun(world);
      const bad = [undefined, null, '', 7, {}, LONG, ...UNSTORABLE_TEXTS];
      const entityRequests = paths.filter(({ correlationId }) => correlationId !== undefined);
      await refuseAll(
        world,
        runId,
        entityRequests.flatMap((one) =>
          bad.map((correlationId) => ['correlationId', { ...one, correlationId }] as const),
        ),
      );
      const longest = 'x'.repeat(1024);
      const wait = await world.events.create(runId, request.waitCreated(longest));
      assert.equal((await world.waits.get(runId, longest)).waitId, wait.wait?.waitId);
    },
  },
  {
    id: 'B-missing-payloads',
    title: 'B bad input: missing event data and missing payloads',
    needs: [],
    async run({ world }) {
      const runId = await readyRun(world);
      const cases: Case[] = [];
      const required = {
        step_created: ['stepName', 'input'],
        step_completed: ['result'],
        step_failed: ['error'],
        step_retrying: ['error'],
        hook_created: ['token'],
        hook_received: ['payload'],
        wait_created: ['resumeAt'],
        run_failed: ['error'],
        run_completed: [],
      };
      const whole = [...paths, request.stepFailed('step-a'), request.stepRetrying('step-a')];
      for (const one of whole) {
        const fields = Object.entries(required).find(([type]) => type === one.eventType)?.[1];
        if (fields === undefined || !('eventData' in one) || one.eventData === undefined) continue;
        for (const eventData of [undefined, null, 'text', 7]) {
          cases.push(['eventData', { ...one, eventData }]);
        }
        for (const field of fields) {
          const { [field]: _, ...others } = one.eventData as Record<string, unknown>;
          cases.push([`eventData.${field}`, withData(one, others)]);
          cases.push([`eventData.${field}`, withData(one, { ...others, [field]: undefined })]);
        }
      }
      assert.ok(cases.length > 50);
      await refuseAll(world, runId, cases);
    },
  },
  {
    id: 'B-wrong-types',
    title: 'B bad input: fields of the wrong type, one by one',
    needs: [],
    async run({ world }) {
      const runId = await readyRun(world);
      const step = request.stepCreated('step-z');
      const hook = request.hookCreated('hook-z', 'token-z');
      const retry = request.stepRetrying('step-a');
      const field = (
        base: object & { eventData?: unknown },
        name: string,
        value: unknown,
      ): Case => [
        `eventData.${name}`,
        withData(base, { ...(base.eventData as object), [name]: value }),
      ];
      const times = ['tomorrow', Number.NaN, Infinity, new Date(Number.NaN), {}, true];
      await refuseAll(world, runId, [
        ...[0, -1, 1.5, '3', Number.NaN, null].map(
          (specVersion) => ['specVersion', { ...step, specVersion }] as const,
        ),
        ...[7, null, {}].map((value) => field(step, 'stepName', value)),
        ...[7, '', LONG, null].map((value) => field(hook, 'token', value)),
        ...['yes', 1].map((value) => field(hook, 'isWebhook', value)),
        ...[...times, null].map((value) => field(request.waitCreated('w'), 'resumeAt', value)),
        ...times.map((value) => field(retry, 'retryAfter', value)),
        ...[7, {}].map((value) => field(retry, 'stack', value)),
        field(request.runFailed(), 'errorCode', 7),
        field(request.runStartedWithInput(), 'deploymentId', 7),
        field(request.runStartedWithInput(), 'executionContext', 'text'),
      ]);
    },
  },
  {
    id: 'B-unstorable-text',
    title: 'B bad input: text with a NUL byte or a lone surrogate, wherever it stands',
    needs: [],
    async run({ world }) {
      const runId = await readyRun(world);
      const cases: Case[] = UNSTORABLE_TEXTS.flatMap((text) => [
        ['eventData.stepName', request.stepCreated('step-z', 1, text)],
        ['eventData.token', request.hookCreated('hook-z', text)],
        ['eventData.input', request.stepCreated('step-z', text)],
        ['eventData.input.deep[1].text', request.stepCreated('s', { deep: [1, { text }] })],
        [`eventData.input.${text}`, request.stepCreated('step-z', { [text]: 1 })],
        ['eventData.error', { ...request.stepFailed('step-a'), eventData: { error: text } }],
        ['eventData.note', withData(request.waitCompleted('wait-a'), { note: text })],
      ]);
      await refuseAll(world, runId, cases);
      const fine = 'ünï\u{1f600}\u0001\n';
      const { event } = await world.events.create(runId, request.stepCreated('step-z', fine, fine));
      assert.deepEqual((await world.steps.get(runId, 'step-z')).input, fine);
      assert.equal((await world.steps.get(runId, 'step-z')).stepName, fine);
      assert.deepEqual((await readLog(world, runId)).at(-1), event);
    },
  },
  {
    id: 'B-unstorable-values',
    title:
      'B bad input: payloads with functions, symbols, invalid dates, cycles, or what would come back empty',
    needs: [],
    async run({ world }) {
      const runId = await readyRun(world);
      const cycle: Record<string, unknown> = {};
      cycle.self = cycle;
      const before = await snapshot(world, runId);
      const throwing = {
        get member(): never {
          throw new Error('no');
        },
      };
      const revoked = Proxy.revocable({}, {});
      revoked.revoke();
      const bad = [
        ...[() => 1, Symbol('x'), new Date(Number.NaN), cycle],
        ...[Promise.resolve(1), new URL('file:///'), new WeakMap(), Object(1), new Blob(['x'])],
        ...[new SharedArrayBuffer(1), throwing, revoked.proxy, JSON.parse('{"__proto__":1}')],
      ];
      for (const value of bad) {
        for (const result of [value, { value }, [value]]) {
          const error = await expectRefused('INVALID_ARGUMENT', () =>
            world.events.create(runId, request.stepCompleted('step-a', result)),
          );
          assert.match(String(error.details.field), /^eventData\.result/);
        }
      }
      assert.deepEqual(await snapshot(world, runId), before);
    },
  },
  {
    id: 'B-oversized',
    title:
      'B bad input: event data beyond 4 MiB, as bytes, text, holes, a number, or in many parts',
    needs: [],
    async run({ world }) {
      const runId = await readyRun(world);
      const limit = 4 * 1024 * 1024;
      const before = await snapshot(world, runId);
      const part = new Uint8Array(limit / 4);
      for (const result of [
        new Uint8Array(limit + 1),
        'x'.repeat(limit + 1),
        '€'.repeat(limit / 3 + 1),
        [part, part, part, part, part],
        { a: part, b: { c: [part, part] }, d: part, e: part },
        new Array(2 ** 32 - 1),
        new Error('x'.repeat(limit + 1)),
        1n << BigInt(8 * limit),
      ]) {
        const error = await expectRefused('INVALID_ARGUMENT', () =>
          world.events.create(runId, request.stepCompleted('step-a', result)),
        );
        assert.match(String(error.details.field), /^eventData\.result/);
        assert.equal(error.details.payloadLimitBytes, limit);
      }
      assert.deepEqual(await snapshot(world, runId), before);
      const largest = new Uint8Array(limit - 64).fill(7);
      await world.events.create(runId, request.stepCompleted('step-a', largest));
      assert.deepEqual((await world.steps.get(runId, 'step-a')).output, largest);
    },
  },
  {
    id: 'B-values-kept',
    title: 'B payloads of every kind come back as they were written',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const requests = VALUES.map((value, i) => request.stepCreated(`step-${i}`, value));
      await world.events.createBatch(runId, requests);
      for (const [i, value] of VALUES.entries()) {
        assert.deepEqual((await world.steps.get(runId, `step-${i}`)).input, value);
      }
      const log = await readLog(world, runId);
      const inputs = log.flatMap((event) =>
        event.eventType === 'step_created' ? [event.eventData.input] : [],
      );
      assert.deepEqual(inputs, VALUES);
    },
  },
  {
    id: 'B-unknown-fields-kept',
    title: 'B unknown fields of event data are kept, for every event type that stores its data',
    needs: [],
    async run({ world }) {
      const extra = { futureField: { deep: [1, 'two', Uint8Array.of(3)] }, another: false };
      const params: CreateEventParams = asParams({ futureParam: 1 });
      for (const { eventType, prepare } of [...legalAppends, ...creatingAppends]) {
        if (TRANSITIONS[eventType].dropsData) continue;
        const { runId, request: one } = await prepare(world, 'payload');
        const given = { ...('eventData' in one ? one.eventData : {}), ...extra };
        const result = await world.events.create(runId, asRequest(withData(one, given)), params);
        const event: object = eventOf(result);
        assert.deepEqual('eventData' in event && event.eventData, given, eventType);
        assert.deepEqual((await expectSoundLog(world, runId)).at(-1), event);
      }
    },
  },
];

/** Values as a client may put into a payload. */
const VALUES: readonly unknown[] = [
  null,
  false,
  0,
  -1.5,
  2 ** 53,
  Number.NaN,
  Infinity,
  5n,
  2n ** 80n,
  '',
  'text',
  new Date('2026-11-22T08:46:17.397Z'),
  new Date(-1),
  new Uint8Array(0),
  Uint8Array.of(0, 128, 255),
  [],
  {},
  { deep: [{ list: [1, null, 'x'], bytes: Uint8Array.of(1) }], 'key with spaces.and[dots]': 1 },
];
