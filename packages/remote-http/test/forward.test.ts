import {
  CREATE_EVENT_PARAMS,
  type CreateEventParams,
  createRunId,
  ERRORS,
  type ErrorCode,
  EVENT_TYPES,
  type EventDataMap,
  type EventRequest,
  type EventType,
  type World,
  WorldError,
  worldError,
} from '@world/contract';
import { createWorld as createMemoryWorld } from '@world/memory';
import { serve } from '@world/remote-http/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { METHODS, type MethodName } from '../src/methods.js';
import { call } from './attack.js';
import { openWorld } from './given.js';

type Call = readonly [name: string, ...args: readonly unknown[]];

/** A world that does nothing but what `act` does, and that of each call. */
function recordingWorld(act: (name: string, args: readonly unknown[]) => unknown): World {
  const world = createMemoryWorld({ url: 'memory:', namespace: 'recording' });
  const recorded = (group: object, prefix: string): object =>
    Object.fromEntries(
      Object.entries(group).map(([key, value]) => {
        const name = `${prefix}${key}`;
        const isMethod = Object.hasOwn(METHODS, name);
        return [key, isMethod ? async (...args: unknown[]) => act(name, args) : value];
      }),
    );
  const groups = ['events', 'runs', 'steps', 'hooks', 'waits', 'messages', 'chunks'] as const;
  return {
    ...recorded(world, ''),
    ...Object.fromEntries(groups.map((one) => [one, recorded(world[one], `${one}.`)])),
  } as unknown as World;
}

async function servedBy(act: (name: string, args: readonly unknown[]) => unknown) {
  const server = await serve(() => recordingWorld(act));
  onTestFinished(() => server.stop());
  return { url: server.url, world: openWorld({ url: server.url, retries: 0 }) };
}

const runId = createRunId();
const eventId = 'evnt_01ARZ3NDEKTSV4RRFFQ69G5FAV';

/** One value for each field: a field that the contract gets fails to compile until it stands here. */
const PARAMS: Required<CreateEventParams> = {
  lastKnownEventId: eventId,
  asOfTimestamp: 1.5,
  fenceScope: 'in-band',
  stateUpdatedAt: 2.5,
  idempotencyKey: 'the key',
  resolveData: 'none',
  requestId: 'the request',
  occurredAt: new Date(86_400_001),
  v1Compat: true,
};

const time = new Date(1_700_000_000_001);
const dataOf = (payload: unknown): Required<EventDataMap> => ({
  run_created: { deploymentId: 'd', workflowName: 'w', input: payload, executionContext: { a: 1 } },
  run_started: { input: payload, deploymentId: 'd', workflowName: 'w', executionContext: {} },
  run_completed: { output: payload },
  run_failed: { error: payload, errorCode: 'E' },
  step_created: { stepName: 's', workflowName: 'w', input: payload },
  step_started: { stepName: 's', attempt: 2, workflowName: 'w' },
  step_completed: { stepName: 's', workflowName: 'w', result: payload },
  step_failed: { stepName: 's', error: payload, stack: 'at' },
  step_retrying: { stepName: 's', error: payload, stack: 'at', retryAfter: time },
  hook_created: { token: 't', metadata: payload, isWebhook: true },
  hook_received: { token: 't', payload },
  hook_disposed: { token: 't' },
  hook_conflict: { token: 't', conflictingRunId: 'r' },
  wait_created: { resumeAt: time },
  wait_completed: { resumeAt: time },
});

const requestOf = (eventType: EventType, payload: unknown): EventRequest =>
  ({
    eventType,
    correlationId: 'c',
    specVersion: 3,
    ...(eventType !== 'run_cancelled' && { eventData: dataOf(payload)[eventType] }),
  }) as EventRequest;

const PAYLOADS = {
  small: { a: [1, 'é', null, 2n ** 70n], at: time, bytes: new Uint8Array([1, 2]) },
  large: 'x'.repeat(3 * 1024 * 1024),
} as const;

// Only worlds write hook_conflict.
const WRITTEN = EVENT_TYPES.filter((one) => one !== 'hook_conflict');

describe.each(Object.entries(PAYLOADS))('appends with a %s payload', (_, payload) => {
  test.each(WRITTEN)(
    '%s arrives with each field of its params, alone and all together',
    async (eventType) => {
      const calls: Call[] = [];
      const { world } = await servedBy((name, args) => {
        calls.push([name, ...args]);
        return {};
      });
      const event = requestOf(eventType, payload);
      const single = CREATE_EVENT_PARAMS.map((field) => ({ [field]: PARAMS[field] }));
      for (const params of [PARAMS, ...(payload === PAYLOADS.large ? [] : single)]) {
        await world.events.create(runId, event, params);
        await world.events.createBatch(runId, [event, event], params);
        const [created, batch] = calls.splice(0);
        const sent =
          'idempotencyKey' in params ? params : { ...params, idempotencyKey: expect.any(String) };
        expect(created?.slice(0, 2)).toEqual(['events.create', runId]);
        expect(batch?.slice(0, 2)).toEqual(['events.createBatch', runId]);
        expect(created?.[3]).toEqual(sent);
        expect(batch?.[3]).toEqual(sent);
        expect(created?.[2]).toEqual(event);
        expect(batch?.[2]).toEqual([event, event]);
      }
    },
  );
});

/** Arguments of each call, all of them. */
const event = {
  ...requestOf('run_created', 1),
  runId,
  eventId,
  seq: 1,
  createdAt: time,
  occurredAt: time,
};
const pagination = { limit: 7, sortOrder: 'asc', cursor: 'c' };
const ARGUMENTS: Readonly<Record<MethodName, Readonly<Record<string, unknown>>>> = {
  'events.create': { runId, event: requestOf('run_created', 1), params: PARAMS },
  'events.createBatch': { runId, events: [requestOf('run_created', 1)], params: PARAMS },
  'events.import': { runId, events: [event] },
  'events.get': { runId, eventId, params: { resolveData: 'none' } },
  'events.list': { params: { runId, pagination, resolveData: 'none' } },
  'events.listByCorrelationId': {
    params: { correlationId: 'c', runId, pagination, resolveData: 'none' },
  },
  'runs.get': { runId, params: { resolveData: 'none' } },
  'runs.list': {
    params: { workflowName: 'w', status: 'running', pagination, resolveData: 'none' },
  },
  'steps.get': { runId, stepId: 's', params: { resolveData: 'none' } },
  'steps.list': { params: { runId, pagination, resolveData: 'none' } },
  'hooks.get': { hookId: 'h', params: { resolveData: 'none' } },
  'hooks.getByToken': { token: 't', params: { resolveData: 'none' } },
  'hooks.list': { params: { runId, pagination, resolveData: 'none' } },
  'waits.get': { runId, waitId: 'w' },
  'waits.list': { params: { runId, pagination, resolveData: 'none' } },
  queue: { queueName: 'q', message: { runId }, opts: { delaySeconds: 7, headers: { a: 'b' } } },
  'messages.enqueue': { message: { messageId: 'm', delayMs: 7, onlyIfIdle: true } },
  'messages.claim': { request: { topic: 'step', limit: 7, leaseMs: 8, token: 't' } },
  'messages.extend': { claims: [{ messageId: 'm', token: 't' }], leaseMs: 8 },
  'messages.settle': { claim: { messageId: 'm', token: 't' }, settlement: { kind: 'done' } },
  'messages.list': { params: { state: 'dead', runId, after: 'm', limit: 7 } },
  'messages.redrive': { messageId: 'm' },
  'messages.secret': {},
  'chunks.write': { write: { name: 's', runId, chunks: [], end: true } },
  'chunks.read': { range: { name: 's', from: 1, limit: 7, maxBytes: 8 } },
  'chunks.state': { name: 's' },
  'chunks.namesOf': { runId },
  prune: { params: { olderThan: time, status: 'failed', limit: 7 } },
  deleteNamespace: {},
};

test.each(Object.keys(METHODS) as MethodName[])(
  '%s: every argument arrives, and what it gives comes back',
  async (name) => {
    const calls: Call[] = [];
    const value = { a: [time, new Uint8Array([1]), null], b: 'é' };
    const { url } = await servedBy((called, args) => {
      calls.push([called, ...args]);
      return value;
    });
    const args = ARGUMENTS[name];
    expect(Object.keys(args)).toEqual(METHODS[name].args);
    const { status, body } = await call(url, name, args);
    expect(status).toBe(200);
    // In JSON, where dates are text.
    const inJson = JSON.parse(JSON.stringify(Object.values(args)));
    expect(calls).toEqual([[name, ...inJson]]);
    expect(body.value).toEqual({ a: [time.toISOString(), new Uint8Array([1]), null], b: 'é' });
  },
);

/** What says where the store is does not travel. */
const OF_THE_STORE: readonly string[] = ['STORE_UNAVAILABLE', 'STORE_INCOMPATIBLE'];

test.each(Object.keys(ERRORS) as ErrorCode[])(
  '%s keeps its class, name, code, details, status and retryAfter',
  async (code) => {
    const details = { runId, retryAfter: 7, events: [event], at: time, path: '/srv/secret.db' };
    const thrown = worldError(code, 'cannot: /srv/secret.db', {
      details,
      cause: new Error('secret'),
    });
    const { url, world } = await servedBy(() => {
      throw thrown;
    });
    const isOfStore = OF_THE_STORE.includes(code);
    const { status, body, text, headers } = await call(url, 'runs.get', { runId });
    expect(status).toBe(ERRORS[code].status);
    expect(headers['retry-after']).toBe('7');
    expect(body.error).toMatchObject({ code, name: ERRORS[code].name, status });
    if (isOfStore) expect(text).not.toContain('secret');
    // The client is open, and only the world behind the server is closed.
    if (code === 'WORLD_CLOSED') return;
    const caught: unknown = await world.runs.get(runId).catch((error: unknown) => error);
    expect(WorldError.is(caught, code)).toBe(true);
    const error = caught as WorldError;
    expect(error.constructor).toBe(thrown.constructor);
    expect(error).toMatchObject({ name: thrown.name, code, status: thrown.status, retryAfter: 7 });
    expect(error.details).toMatchObject(isOfStore ? { retryAfter: 7 } : details);
  },
);
