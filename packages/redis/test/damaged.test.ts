import { createRunId } from '@world/contract';
import { createWorld } from '@world/redis';
import { startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { Keys } from '../src/keys.js';

const server = await startRedis();
const redis = new Redis({ port: server.port, protocol: 2 });
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const eventData = { deploymentId: 'deployment', workflowName: 'flow', input: 1 };
const created = { eventType: 'run_created', eventData } as const;

test.each(['index', 'claims', 'run', 'log', 'tokens'] as const)(
  'where another application has a key in the place of %s, an append writes nothing at all',
  async (name) => {
    const namespace = createRunId();
    const keys = new Keys(namespace);
    const world = createWorld({ url: server.url, namespace });
    const runId = createRunId();
    const taken = { ...keys.ofRun(runId), index: keys.index, claims: keys.claims }[name];
    await redis.set(taken, 'taken');
    const before = (await redis.keys('*')).filter((key) => key !== keys.version).sort();
    const hook = { eventType: 'hook_created', correlationId: 'hook' } as const;
    await expect(
      world.events.createBatch(runId, [created, { ...hook, eventData: { token: 'token' } }]),
    ).rejects.toMatchObject({ code: 'STORE_INCOMPATIBLE' });
    const after = (await redis.keys('*')).filter((key) => key !== keys.version).sort();
    expect(after).toEqual(before);
    await world.close();
    await redis.flushall();
  },
);

test('a namespace that was removed is marked again by what is written next', async () => {
  const namespace = createRunId();
  const keys = new Keys(namespace);
  const world = createWorld({ url: server.url, namespace });
  await world.events.create(null, created);
  await world.deleteNamespace();
  expect(await redis.exists(keys.version)).toBe(0);
  await world.events.create(null, created);
  expect(await redis.get(keys.version)).toBe('1');
  await world.close();
});
