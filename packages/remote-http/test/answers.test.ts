import { EVENT_TYPES } from '@world/contract';
import { expect, test } from 'vitest';
import { METHODS } from '../src/methods.js';
import { type Described, describedBy } from './described.js';
import { served } from './given.js';

const BYTES = { $bytes: 'AAEC' };
const LONG_AGO = '2020-01-01T00:00:00.000Z';
const RUN = {
  deploymentId: 'd',
  workflowName: 'w',
  input: BYTES,
  executionContext: { traceId: 't', key: BYTES },
};

const of = (eventType: string, correlationId?: string, eventData?: unknown) => ({
  eventType,
  specVersion: 3,
  ...(correlationId !== undefined && { correlationId }),
  ...(eventData !== undefined && { eventData }),
});

/** Whatever is an event, at any depth. */
function eventsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return 'eventType' in value ? [value] : Object.values(value).flatMap(eventsIn);
}

type ResolveData = 'all' | 'none';

/** Routes describe either, and one with payloads may have none: only by its own name is each held to what it has. */
const nameOf = (component: string, resolveData: ResolveData): string =>
  resolveData === 'all' ? component : `${component}WithoutData`;

/** A run in which everything happens, and all reads of it. */
async function tellStory(server: Described, resolveData: ResolveData) {
  const seen: unknown[] = [];
  const params = { resolveData };
  const ask = async (name: string, args: Readonly<Record<string, unknown>>) => {
    const value = await server.call(name, args);
    seen.push(...eventsIn(value));
    return value;
  };
  const created = await ask('events.create', {
    runId: null,
    event: of('run_created', undefined, RUN),
    params: { ...params, occurredAt: LONG_AGO },
  });
  const { runId } = created.run as { runId: string };
  const append = (event: unknown, more = {}) =>
    ask('events.create', { runId, event, params: { ...params, ...more } });
  const token = `token of ${resolveData}`;

  const batch = await ask('events.createBatch', {
    runId,
    events: [of('run_started'), of('step_created', 's', { stepName: 's', input: BYTES })],
    params,
  });
  await append(of('step_started', 's', { attempt: 1 }));
  const failure = { error: { message: 'm', code: 'E' }, stack: 'at', retryAfter: LONG_AGO };
  await append(of('step_retrying', 's', failure), { idempotencyKey: 'k' });
  await append(of('step_retrying', 's', failure), { idempotencyKey: 'k' });
  await append(of('step_started', 's'));
  await append(of('step_completed', 's', { result: BYTES }));
  await append(of('step_created', 'bad', { stepName: 's', input: null }));
  await append(of('step_started', 'bad'));
  await append(of('step_failed', 'bad', { error: 'text', stack: 'at' }));
  await append(of('hook_created', 'h', { token, metadata: BYTES, isWebhook: true }));
  await append(of('hook_created', 'h2', { token }));
  const { event } = await append(of('wait_created', 'w', { resumeAt: LONG_AGO }));
  const { eventId } = event as { eventId: string };
  await append(of('hook_received', 'h', { token, payload: BYTES }));
  const fence = { lastKnownEventId: eventId, fenceScope: 'in-band' };
  const pushed = [
    await append(of('wait_created', 'w2', { resumeAt: LONG_AGO }), fence),
    await ask('events.createBatch', {
      runId,
      events: [of('wait_completed', 'w')],
      params: { ...params, asOfTimestamp: Date.now() + 1000, fenceScope: 'in-band' },
    }),
  ];

  const ofRun = { runId, resolveData };
  await ask('events.list', { params: ofRun });
  await ask('events.list', { params: { ...ofRun, pagination: { limit: 1, sortOrder: 'desc' } } });
  await ask('events.listByCorrelationId', { params: { ...ofRun, correlationId: 's' } });
  await ask('events.get', { runId, eventId, params });
  await ask('runs.get', { runId, params });
  await ask('runs.list', { params });
  await ask('steps.get', { runId, stepId: 's', params });
  const steps = await ask('steps.list', { params: ofRun });
  await ask('hooks.get', { hookId: 'h', params });
  await ask('hooks.getByToken', { token, params });
  await ask('hooks.list', { params: ofRun });
  await ask('waits.get', { runId, waitId: 'w' });
  await ask('waits.list', { params: ofRun });
  await append(of('hook_disposed', 'h'));
  await append(of('run_completed', undefined, { output: BYTES }));
  await ask('runs.list', { params: { ...params, status: 'completed' } });

  expect(batch).toMatchObject({ results: [{ events: [{}, {}, {}] }, {}] });
  expect(pushed).toMatchObject([{ passed: { events: [{}] } }, { passed: { events: [] } }]);
  for (const one of seen) server.expectIs(nameOf('Event', resolveData), one);
  expect(steps.data).toHaveLength(2);
  for (const one of steps.data as unknown[]) server.expectIs(nameOf('Step', resolveData), one);
  return { runId, types: new Set(seen.map((one) => (one as { eventType: string }).eventType)) };
}

/** A run that ends at once. */
async function endRun(server: Described, event: unknown): Promise<void> {
  const { run } = await server.call('events.create', {
    runId: null,
    event: of('run_created', undefined, RUN),
  });
  const { runId } = run as { runId: string };
  await server.call('events.create', { runId, event: of('run_started') });
  await server.call('events.create', { runId, event });
}

const FLOW = '__wkf_workflow_w';

/** A message is sent, delivered, given up, and sent again. */
async function tellOfQueue(server: Described): Promise<void> {
  const { call } = server;
  const opts = { idempotencyKey: 'k', headers: { a: 'b' } };
  await call('queue', { queueName: FLOW, message: { runId: 'wrun_q' }, opts });
  const message = {
    messageId: 'msg_a',
    queueName: FLOW,
    topic: 'workflow',
    runId: 'wrun_r',
    lane: 'wrun_r',
    mergeable: true,
    idempotencyKey: 'l',
    data: BYTES,
    delayMs: 0,
    onlyIfIdle: true,
  };
  await call('messages.enqueue', { message });
  const request = { topic: 'workflow', limit: 7, leaseMs: 60_000, token: 't' };
  expect(await call('messages.claim', { request })).toMatchObject({ messages: [{}, {}] });
  const claim = { messageId: 'msg_a', token: 't' };
  await call('messages.extend', { claims: [claim], leaseMs: 60_000 });
  await call('messages.settle', { claim, settlement: { kind: 'dead', reason: 'r' } });
  expect(await call('messages.list', { params: { limit: 7 } })).toHaveLength(2);
  await call('messages.redrive', {});
  await call('messages.secret', {});
}

/** A stream is written and read. */
async function tellOfChunks({ call }: Described): Promise<void> {
  const write = { name: 's', runId: 'wrun_q', chunks: [BYTES, BYTES], end: true };
  await call('chunks.write', { write: { ...write, writer: { id: 'w', seq: 1 } } });
  await call('chunks.read', { range: { name: 's', from: 0, limit: 7, maxBytes: 100 } });
  await call('chunks.state', { name: 's' });
  await call('chunks.namesOf', { runId: 'wrun_q' });
}

test('every answer is as the document says, and has no field that it does not describe', async () => {
  const { url } = await served();
  const server = await describedBy(url);
  const { runId, types } = await tellStory(server, 'all');
  expect(await tellStory(server, 'none')).toMatchObject({ types });
  const ends = ['run_failed', 'run_cancelled'];
  expect([...types, ...ends].sort()).toEqual([...EVENT_TYPES].sort());
  await endRun(server, of('run_failed', undefined, { error: { message: 'm' }, errorCode: 'E' }));
  await endRun(server, of('run_cancelled'));
  for (const resolveData of ['all', 'none'] as const) {
    const { data } = await server.call('runs.list', { params: { resolveData } });
    expect(data).toHaveLength(4);
    for (const one of data as unknown[]) server.expectIs(nameOf('Run', resolveData), one);
  }
  await tellOfQueue(server);
  await tellOfChunks(server);
  const { data: log } = await server.call('events.list', { params: { runId } });
  const imported = await server.call('events.import', { runId, events: log }, 'copy');
  expect(imported).toEqual({ imported: (log as unknown[]).length });
  const { runIds } = await server.call('prune', { params: { olderThan: '2100-01-01T00:00:00Z' } });
  expect(runIds).toHaveLength(4);
  await server.call('deleteNamespace', {}, 'copy');
  expect([...server.called].sort()).toEqual(Object.keys(METHODS).sort());
});

test('what is open to everyone is as the document says', async () => {
  const { url } = await served({ tokens: [{ token: 't' }] });
  const server = await describedBy(url);
  await server.get('/health');
  await server.get('/openapi.json');
});

test('errors are as the document says', async () => {
  const { url } = await served();
  const server = await describedBy(url);
  expect(await server.refused('runs.get', { runId: 'none' })).toMatchObject({
    code: 'RUN_NOT_FOUND',
  });
  expect(await server.refused('prune', { params: {} })).toMatchObject({ code: 'INVALID_ARGUMENT' });
});
