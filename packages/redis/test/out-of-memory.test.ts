import { startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createdRun, newRun, openWorld, readDenseLog, refusalOf, waitCreated } from './given.js';
import { readKeyspace } from './keyspace.js';

const server = await startRedis();
const admin = new Redis(server.url);
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

const lift = () => admin.config('SET', 'maxmemory', '0');
beforeEach(async () => {
  await lift();
  await admin.flushall();
});

async function limitTo(spareBytes: number): Promise<void> {
  const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1]);
  await admin.config('SET', 'maxmemory', String(used + spareBytes));
}

const outOfMemory = {
  code: 'STORE_UNAVAILABLE',
  message: expect.stringMatching(
    /out of memory and nothing was written; raise maxmemory, or prune/,
  ),
};

const stepOf = (bytes: number) => (id: string) =>
  ({
    eventType: 'step_created',
    correlationId: id,
    eventData: { stepName: 'step', input: 'x'.repeat(bytes) },
  }) as const;

const big = stepOf(20_000);

test('appends are refused and leave nothing, the log stays dense, and goes on with more memory', async () => {
  const world = openWorld({ url: server.url });
  const runId = await newRun(world);
  await limitTo(200_000);
  const written: string[] = [];
  const fill = async (): Promise<void> => {
    for (let i = 0; ; i += 1) {
      await world.events.create(runId, big(`step-${i}`));
      written.push(`step-${i}`);
    }
  };
  expect(await refusalOf(fill())).toMatchObject(outOfMemory);
  // Buffers of connections come and go: without this a small append might fit in again.
  await limitTo(-200_000);
  const before = await readKeyspace(admin);
  const refused = [
    () => world.events.create(runId, waitCreated('wait')),
    () => world.events.create(runId, big('other'), { idempotencyKey: 'key' }),
    () => world.events.createBatch(runId, [waitCreated('one'), big('two'), big('three')]),
    () => world.events.create(null, createdRun),
    // Its first write is another one.
    () => openWorld({ url: server.url, namespace: 'fresh' }).events.create(null, createdRun),
  ];
  for (const call of refused) {
    expect(await refusalOf(call())).toMatchObject(outOfMemory);
    expect(await readKeyspace(admin)).toEqual(before);
  }
  expect((await readDenseLog(world, runId)).length).toBe(1 + written.length);
  expect((await world.runs.get(runId)).status).toBe('pending');
  expect((await world.steps.list({ runId })).data.length).toBeGreaterThan(0);

  await lift();
  await world.events.create(runId, big('other'), { idempotencyKey: 'key' });
  await world.events.create(runId, waitCreated('wait'));
  expect((await readDenseLog(world, runId)).length).toBe(3 + written.length);
});

test('a batch that needs more than there is, is written whole or not at all', async () => {
  const world = openWorld({ url: server.url });
  const runId = await newRun(world);
  const batch = Array.from({ length: 50 }, (_, i) => big(`step-${i}`));
  await limitTo(300_000);
  const outcome = await world.events.createBatch(runId, batch).catch((error: unknown) => error);
  const { length } = await readDenseLog(world, runId);
  if (outcome instanceof Error) expect(outcome).toMatchObject(outOfMemory);
  expect(length).toBe(outcome instanceof Error ? 1 : 51);
});

test('prune works, and makes room', async () => {
  const world = openWorld({ url: server.url });
  const runId = await newRun(world);
  for (let i = 0; i < 20; i += 1) await world.events.create(runId, big(`step-${i}`));
  await world.events.create(runId, { eventType: 'run_cancelled' });
  const other = await newRun(world);
  await limitTo(-150_000);
  expect(await refusalOf(world.events.create(other, waitCreated('wait')))).toMatchObject(
    outOfMemory,
  );
  const pruned = await world.prune({ olderThan: new Date(Date.now() + 60_000) });
  expect(pruned.runIds).toEqual([runId]);
  await expect
    .poll(() =>
      world.events.create(other, waitCreated('wait'), { idempotencyKey: 'wait' }).catch(String),
    )
    .toMatchObject({ event: { seq: 2 } });
  expect(await readDenseLog(world, other)).toHaveLength(2);
});
