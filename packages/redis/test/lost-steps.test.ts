import { createRunId, type World } from '@world/contract';
import { startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, test } from 'vitest';
import { Keys } from '../src/keys.js';
import { LostAnswer, openSpread } from './spread-world.js';

/** Steps of an append whose index is on another server, when their answers are lost or they come late. */

const server = await startRedis();
const redis = new Redis({ port: server.port, protocol: 2 });
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const eventData = { deploymentId: 'deployment', workflowName: 'flow', input: 1 };
const started = { eventType: 'run_started', eventData } as const;
const hookCreated = (token: string) =>
  ({ eventType: 'hook_created', correlationId: 'hook', eventData: { token } }) as const;

async function startRun(world: World): Promise<string> {
  const runId = createRunId();
  await world.events.create(runId, started);
  return runId;
}

const shown = async (world: World, runId: string): Promise<string[]> => {
  const { data } = await world.runs.list({ pagination: { limit: 1000 } });
  return data.filter((run) => run.runId === runId).map(({ status }) => status);
};

describe('lost answers', () => {
  test('a keyed claim that was committed keeps its token, and is shown', async () => {
    const namespace = createRunId();
    const lost = new LostAnswer('append');
    const world = openSpread(server.url, namespace, lost.around);
    const other = openSpread(server.url, namespace);
    const [owner, rival] = [await startRun(other), await startRun(other)];
    await world.runs.list();
    lost.arm();
    const { event } = await world.events.create(owner, hookCreated('token'), {
      idempotencyKey: 'key',
    });
    expect(event?.eventType).toBe('hook_created');
    expect((await other.hooks.getByToken('token')).runId).toBe(owner);
    expect((await other.hooks.list({})).data).toHaveLength(1);
    const late = await other.events.create(rival, hookCreated('token'));
    expect(late.event?.eventType).toBe('hook_conflict');
    lost.arm();
    const runId = createRunId();
    await world.events.create(runId, started, { idempotencyKey: 'start' });
    expect(await shown(other, runId)).toEqual(['running']);
    expect(await redis.hlen(new Keys(namespace).intents)).toBe(0);
  });

  test('a claim that is made again does not wait for itself', async () => {
    const namespace = createRunId();
    const lost = new LostAnswer('claim');
    const world = openSpread(server.url, namespace, lost.around);
    const runId = await startRun(world);
    lost.arm();
    await world.events.create(runId, hookCreated('token'));
    // Its own lease is still good: it was not waited for.
    const claims = Object.values(await redis.hgetall(new Keys(namespace).claims));
    expect(claims.map((claim) => Number(claim.slice(16, 32)) > Date.now())).toEqual([true]);
  });
});

test('a run that was pruned is told, also when the first answer was lost', async () => {
  const namespace = createRunId();
  const lost = new LostAnswer('remove');
  const world = openSpread(server.url, namespace, lost.around);
  const runId = await startRun(world);
  await world.events.create(runId, { eventType: 'run_cancelled' });
  lost.arm();
  const { runIds } = await world.prune({ olderThan: new Date(Date.now() + 60_000) });
  expect(runIds).toEqual([runId]);
  expect((await world.runs.list()).data).toEqual([]);
  expect(await redis.keys(`*{${runId}}*`)).toEqual([]);
});

test('what cannot be finished for want of memory keeps nobody from reading and pruning', async () => {
  const namespace = createRunId();
  const keys = new Keys(namespace);
  const world = openSpread(server.url, namespace);
  const [ended, running] = [await startRun(world), await startRun(world)];
  await world.events.create(ended, { eventType: 'run_completed', eventData: {} });
  // An append that was announced long ago, and never came: deadline 1.
  const overdue = `redis.call('HSET', KEYS[1], 'gone', cmsgpack.pack({ ARGV[1], 1, {} }))`;
  await redis.eval(overdue, 1, keys.intents, running);
  await redis.set(keys.ofRun(running).void, 0);
  await redis.config('SET', 'maxmemory', '1mb');
  try {
    await expect(world.events.create(createRunId(), started)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect((await world.runs.list()).data).toHaveLength(2);
    const { runIds } = await world.prune({ olderThan: new Date(Date.now() + 60_000) });
    expect(runIds).toEqual([ended]);
  } finally {
    await redis.config('SET', 'maxmemory', '0');
  }
  expect((await world.runs.list()).data.map(({ runId }) => runId)).toEqual([running]);
  expect(await redis.hlen(keys.intents)).toBe(0);
});

describe('late steps', () => {
  test('a change that is applied behind a later one does not show a run twice', async () => {
    const namespace = createRunId();
    let letGo: () => void = () => {};
    let gate: Promise<void> | undefined;
    const slow = openSpread(server.url, namespace, async (script, run) => {
      if (script === 'changeIndex' && gate !== undefined) await gate;
      return run();
    });
    const fast = openSpread(server.url, namespace);
    const runId = createRunId();
    await fast.events.create(runId, { eventType: 'run_created', eventData });
    await slow.runs.list();
    gate = new Promise((resolve) => {
      letGo = resolve;
    });
    const starting = slow.events.create(runId, { eventType: 'run_started' });
    await expect.poll(() => fast.runs.get(runId)).toMatchObject({ status: 'running' });
    await fast.events.create(runId, { eventType: 'run_cancelled' });
    letGo();
    await starting;
    expect(await shown(fast, runId)).toEqual(['cancelled']);
    expect((await fast.runs.list({ status: 'running' })).data).toEqual([]);
    expect((await fast.runs.list({ status: 'cancelled' })).data).toHaveLength(1);
    const members = await redis.zrange(new Keys(namespace).index, '0', '-1');
    expect(members.filter((member) => member.startsWith('srunning'))).toEqual([]);
  });

  test('where every lease is over before the commit, the append ends with an error and has written nothing', async () => {
    const namespace = createRunId();
    let skewMs = 0;
    const around = async (script: string, run: () => Promise<unknown>) => {
      const answer = await run();
      if (script === 'claim' && Array.isArray(answer)) answer[0] -= skewMs;
      return answer;
    };
    const world = openSpread(server.url, namespace, around, 300);
    await startRun(world);
    skewMs = 6000;
    const runId = createRunId();
    await expect(world.events.create(runId, started)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(await redis.exists(new Keys(namespace).ofRun(runId).log)).toBe(0);
    expect(await redis.hlen(new Keys(namespace).intents)).toBe(0);
  });
});

test('a batch tells a large run once, not with each of its events', async () => {
  const world = openSpread(server.url, createRunId());
  const runId = createRunId();
  const executionContext = { blob: 'x'.repeat(100_000) };
  const large = { ...eventData, executionContext };
  await world.events.create(runId, { eventType: 'run_started', eventData: large });
  const output = async () =>
    Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
  const before = await output();
  const wait = { eventType: 'wait_created', eventData: { resumeAt: new Date(0) } } as const;
  const batch = Array.from({ length: 200 }, (_, i) => ({ ...wait, correlationId: `wait-${i}` }));
  const { results } = await world.events.createBatch(runId, batch);
  expect(results).toHaveLength(200);
  expect((await output()) - before).toBeLessThan(1_000_000);
});
