import type { World } from '@world/contract';
import { type RedisServer, startRedis } from '@world/redis-servers';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  correlationIdsOf,
  createdRun,
  newRun,
  openWorld,
  readDenseLog,
  refusalOf,
  waitCreated,
} from './given.js';
import { printedSeed, seededRandom } from './seeded-random.js';

async function ownServer(): Promise<RedisServer> {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  return server;
}

/** A world that has lost its server: the connection is known to be closed. */
async function worldWithoutServer(timeoutMs: number): Promise<[RedisServer, World, string]> {
  const server = await ownServer();
  const world = openWorld({ url: server.url, timeoutMs });
  const runId = await newRun(world);
  await server.kill();
  return [server, world, runId];
}

describe('a server that restarts', () => {
  test('calls that are made meanwhile wait for it', async () => {
    const [server, world, runId] = await worldWithoutServer(10_000);
    let settled = 0;
    const calls = [
      world.events.create(runId, waitCreated('keyed'), { idempotencyKey: 'keyed' }),
      world.events.createBatch(runId, [waitCreated('batch')], { idempotencyKey: 'batch' }),
      world.events.list({ runId }),
      world.runs.get(runId),
      world.runs.list(),
      world.prune({ olderThan: new Date(0) }),
    ];
    for (const call of calls) void call.finally(() => (settled += 1)).catch(() => {});
    // The connection is gone by now, so that this one was surely not sent.
    await new Promise((resolve) => setImmediate(resolve));
    const unkeyed = world.events.create(runId, waitCreated('unkeyed'));
    expect(settled).toBe(0);
    await server.restart();
    await Promise.all([...calls, unkeyed]);
    const log = correlationIdsOf(await readDenseLog(world, runId)).slice(1);
    expect([...log].sort()).toEqual(['batch', 'keyed', 'unkeyed']);
  });

  test('an idle world goes on, as if nothing had been', async () => {
    const server = await ownServer();
    const world = openWorld({ url: server.url });
    const runId = await newRun(world);
    for (let i = 0; i < 3; i += 1) {
      await server.restart();
      await world.events.create(runId, waitCreated(`wait-${i}`), { idempotencyKey: `wait-${i}` });
    }
    expect(await readDenseLog(world, runId)).toHaveLength(4);
  });

  test('gone for longer than timeoutMs, calls are STORE_UNAVAILABLE then, and it goes on after', async () => {
    const timeoutMs = 500;
    const [server, world, runId] = await worldWithoutServer(timeoutMs);
    const started = performance.now();
    const calls = [
      world.events.create(runId, waitCreated('late'), { idempotencyKey: 'late' }),
      world.runs.get(runId),
      world.runs.list(),
    ];
    for (const error of await Promise.all(calls.map(refusalOf))) {
      expect(error).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/^127\.0\.0\.1:\d+: no server answers; start it/),
      });
    }
    const tookMs = performance.now() - started;
    expect(tookMs).toBeGreaterThan(timeoutMs - 50);
    expect(tookMs).toBeLessThan(4 * timeoutMs);
    await server.restart();
    expect(await readDenseLog(world, runId)).toHaveLength(1);
    await world.events.create(runId, waitCreated('late'), { idempotencyKey: 'late' });
    expect(await readDenseLog(world, runId)).toHaveLength(2);
  });

  test('a server that does not answer is STORE_UNAVAILABLE after timeoutMs', async () => {
    const timeoutMs = 500;
    const server = await ownServer();
    const world = openWorld({ url: server.url, timeoutMs });
    const fresh = openWorld({ url: server.url, timeoutMs });
    const runId = await newRun(world);
    server.pause();
    const started = performance.now();
    const calls = [
      world.events.create(null, createdRun),
      world.events.create(runId, waitCreated('keyed'), { idempotencyKey: 'keyed' }),
      world.runs.get(runId),
      fresh.runs.get(runId),
    ];
    for (const { code } of await Promise.all(calls.map(refusalOf))) {
      expect(code).toBe('STORE_UNAVAILABLE');
    }
    const tookMs = performance.now() - started;
    expect(tookMs).toBeGreaterThan(timeoutMs - 50);
    expect(tookMs).toBeLessThan(4 * timeoutMs);
    server.resume();
    await world.events.create(runId, waitCreated('keyed'), { idempotencyKey: 'keyed' });
    expect(await readDenseLog(world, runId)).toHaveLength(2);
  });
});

const WRITERS = 4;
const KILLS = 10;

test('10 kills under load: nothing that was acknowledged is lost, and followers go on', async () => {
  const random = seededRandom(printedSeed(`${KILLS} kills`));
  const server = await ownServer();
  const worlds = Array.from({ length: WRITERS }, () => openWorld({ url: server.url }));
  const reader = openWorld({ url: server.url });
  const runId = await newRun(reader);
  await Promise.all(worlds.map((world) => world.runs.get(runId)));

  const followed: (string | undefined)[] = [];
  const following = (async () => {
    for await (const event of reader.events.follow({ runId })) {
      followed.push(...correlationIdsOf([event]));
      if (followed.at(-1) === 'last') return;
    }
  })();
  let running = true;
  let acknowledged = 0;
  const writing = worlds.map(async (world, writer) => {
    const ids: string[] = [];
    for (let i = 0; running; i += 1) {
      const id = `writer-${writer}-${i}`;
      await world.events.create(runId, waitCreated(id), { idempotencyKey: id });
      ids.push(id);
      acknowledged += 1;
    }
    return ids;
  });
  const failed = Promise.race([following, ...writing]).then(() => {
    if (running) throw new Error('a writer or the follower has ended');
  });
  const killing = (async () => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const enough = acknowledged + 1 + Math.floor(random() * 60);
      await expect
        .poll(() => acknowledged, { interval: 1, timeout: 10_000 })
        .toBeGreaterThan(enough);
      await server.kill();
      await server.restart();
    }
    running = false;
  })();
  await Promise.race([killing, failed]);
  await killing;
  const written = await Promise.all(writing);
  await reader.events.create(runId, waitCreated('last'), { idempotencyKey: 'last' });
  await following;

  const log = correlationIdsOf(await readDenseLog(reader, runId));
  expect(followed).toEqual(log);
  expect(log).toHaveLength(1 + acknowledged + 1);
  for (const [writer, ids] of written.entries()) {
    expect(log.filter((id) => id?.startsWith(`writer-${writer}-`))).toEqual(ids);
  }
});
