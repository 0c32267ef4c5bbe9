import createDefault, { createWorld } from '@world/memory';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => vi.unstubAllEnvs());

const invalid = (field: string) =>
  expect.objectContaining({ code: 'INVALID_ARGUMENT', details: { field } });

test('createWorld is the default export, and needs no options', async () => {
  expect(createDefault).toBe(createWorld);
  const world = createDefault();
  expect((await world.runs.list()).data).toEqual([]);
  await world.close();
});

test('WORKFLOW_WORLD_URL is read when no URL is given: what names another backend is refused', async () => {
  vi.stubEnv('WORKFLOW_WORLD_URL', 'sqlite:./world.db');
  expect(() => createWorld()).toThrowError(invalid('url'));
  await createWorld({ url: 'memory:' }).close();
  vi.stubEnv('WORKFLOW_WORLD_URL', 'memory:');
  await createWorld().close();
  vi.stubEnv('WORKFLOW_WORLD_URL', '');
  await createWorld().close();
});

test.each([
  ['url', { url: 'memory:x' }],
  ['namespace', { namespace: '' }],
  ['options.payloadLimitBytes', { payloadLimitBytes: 0 }],
  ['options.missedLimit', { missedLimit: 1001 }],
])('%s that is wrong is INVALID_ARGUMENT', (field, options) => {
  expect(() => createWorld(options)).toThrowError(invalid(field));
});

test('a bad option leaves no namespace open behind it', async () => {
  expect(() => createWorld({ namespace: 'left', payloadLimitBytes: 0 })).toThrowError();
  const first = createWorld({ namespace: 'left' });
  const { run } = await first.events.create(null, {
    eventType: 'run_created',
    eventData: { deploymentId: 'deployment', workflowName: 'flow', input: 'input' },
  });
  await first.close();
  const second = createWorld({ namespace: 'left' });
  await expect(second.runs.get(run?.runId ?? '')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  await second.close();
});

test('payloadLimitBytes and missedLimit bound what a world takes and gives', async () => {
  const world = createWorld({ payloadLimitBytes: 100, missedLimit: 2 });
  const { run, event } = await world.events.create(null, {
    eventType: 'run_created',
    eventData: { deploymentId: 'deployment', workflowName: 'flow', input: 'input' },
  });
  const runId = run?.runId ?? '';
  const step = (correlationId: string, input: unknown) => ({
    eventType: 'step_created' as const,
    correlationId,
    eventData: { stepName: 'step', input },
  });
  await expect(world.events.create(runId, step('a', new Uint8Array(100)))).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    details: { field: 'eventData.input', payloadLimitBytes: 100 },
  });
  await world.events.createBatch(runId, [step('a', 1), step('b', 1), step('c', 1)]);
  const fenced = { lastKnownEventId: event?.eventId };
  await expect(world.events.create(runId, step('d', 1), fenced)).rejects.toMatchObject({
    code: 'FENCE_CONFLICT',
    details: { events: [{ correlationId: 'a' }, { correlationId: 'b' }], hasMore: true },
  });
  await world.close();
});
