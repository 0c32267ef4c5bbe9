import { createCommand, createEntropy, createRunId, type World } from '@world/contract';
import { startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, test } from 'vitest';
import { Keys } from '../src/keys.js';
import { pack } from '../src/message-pack.js';
import { encodeAppend, type Lease } from '../src/request.js';
import { scripts } from '../src/scripts.generated.js';
import { openSpread } from './spread-world.js';

/**
 * What is left when a writer dies between the steps of an append whose index is on another server, as on a cluster. Here
 * both are on one, and the steps are taken by hand, so that a writer can die at each of them.
 */

const server = await startRedis();
const redis = new Redis({ port: server.port, protocol: 2 });
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

/** A writer that dies right after its commits: it does nothing with the index any more. */
const openDyingAfterCommit = (namespace: string): World =>
  openSpread(server.url, namespace, (script, run) =>
    script === 'changeIndex' ? Promise.resolve(null) : run(),
  );

const eventData = { deploymentId: 'deployment', workflowName: 'flow', input: 1 };
const hookCreated = (token: string, correlationId = 'hook') =>
  ({ eventType: 'hook_created', correlationId, eventData: { token } }) as const;

async function startRun(world: World): Promise<string> {
  const runId = createRunId();
  await world.events.create(runId, { eventType: 'run_started', eventData });
  return runId;
}

/** The first step of an append, by a writer that is gone then. */
async function claim(keys: Keys, runId: string, tokens: readonly string[], leaseMs: number) {
  const nonce = `gone-${createRunId().slice(-11)}`;
  const request = { runId, nonce, leaseMs, tokens, expected: [] };
  const reply = await redis.eval(scripts.claim, 2, keys.claims, keys.intents, pack(request));
  const [deadline] = reply as [number];
  expect(deadline).toBeGreaterThan(0);
  return { nonce, deadline };
}

/** Makes all that is under way overdue: intents and claims keep their nonce and run, their deadlines are long past. */
async function passTime(keys: Keys): Promise<void> {
  const intents = await redis.hgetallBuffer(keys.intents);
  for (const [nonce, packed] of Object.entries(intents)) {
    await redis.eval(
      `local intent = cmsgpack.unpack(ARGV[2])
       redis.call('HSET', KEYS[1], ARGV[1], cmsgpack.pack({ intent[1], 1, intent[3] }))`,
      1,
      keys.intents,
      nonce,
      packed,
    );
  }
  for (const [token, held] of Object.entries(await redis.hgetall(keys.claims))) {
    const over = `${held.slice(0, 16)}${'1'.padStart(16, '0')}${held.slice(32)}`;
    await redis.hset(keys.claims, token, over);
  }
}

/** The second step of an append, by a writer that had claimed its token long ago. Returns what the script answers. */
async function appendLate(keys: Keys, runId: string, lease: Lease): Promise<string> {
  const append = {
    runId,
    commands: [createCommand(hookCreated('token'))],
    entropy: [createEntropy()],
    payloads: true,
    logLimit: 0,
    missedLimit: 1,
  };
  const call = encodeAppend(append, keys, 'PUBLISH', { lease, owners: new Map() });
  const reply = await redis.eval(scripts.append, call.keys.length, ...call.keys, ...call.args);
  const [kind] = reply as [string];
  return kind;
}

describe('writers that die between the steps of an append', () => {
  test('a claim whose append never came is waited for, then taken over, and gone from the books', async () => {
    const namespace = createRunId();
    const keys = new Keys(namespace);
    const world = openSpread(server.url, namespace);
    const [gone, heir] = [await startRun(world), await startRun(world)];
    const { deadline } = await claim(keys, gone, ['token'], 300);
    const { event } = await world.events.create(heir, hookCreated('token'));
    expect(event?.eventType).toBe('hook_created');
    expect(event?.createdAt.getTime()).toBeGreaterThanOrEqual(deadline);
    expect((await world.hooks.getByToken('token')).runId).toBe(heir);
    expect((await world.hooks.list({})).data).toHaveLength(1);
    expect(await redis.hlen(keys.intents)).toBe(0);
  });

  test('a writer that wakes up after its claim was taken over cannot commit with it', async () => {
    const namespace = createRunId();
    const keys = new Keys(namespace);
    const world = openSpread(server.url, namespace);
    const [slow, heir] = [await startRun(world), await startRun(world)];
    const { nonce, deadline } = await claim(keys, slow, ['token'], 1);
    await passTime(keys);
    await world.events.create(heir, hookCreated('token'));
    const { log } = keys.ofRun(slow);
    const before = await redis.xlen(log);
    expect(await appendLate(keys, slow, { nonce, deadline, tokens: ['token'] })).toBe('lapsed');
    expect(await redis.xlen(log)).toBe(before);
    expect((await world.hooks.getByToken('token')).runId).toBe(heir);
  });

  test('a lease is void by what its successor has noted, also where a clock says that it is good', async () => {
    const namespace = createRunId();
    const keys = new Keys(namespace);
    const runId = await startRun(openSpread(server.url, namespace));
    const { tokens, void: voided, log } = keys.ofRun(runId);
    const lease = {
      nonce: 'slow-slow-slow-1',
      deadline: Date.now() + 3_600_000,
      tokens: ['token'],
    };
    expect(await redis.eval(scripts.holder, 2, tokens, voided, 'token', lease.deadline)).toBeNull();
    expect(await redis.pttl(voided)).toBeGreaterThan(0);
    // An earlier deadline does not bring the later one back.
    await redis.eval(scripts.holder, 2, tokens, voided, 'token', 5);
    expect(await appendLate(keys, runId, lease)).toBe('lapsed');
    expect(await redis.xlen(log)).toBe(2);
    const later = { ...lease, deadline: lease.deadline + 1 };
    expect(await appendLate(keys, runId, later)).toBe('committed');
  });

  test('runs, hooks and ends that were committed and not shown are shown once they are overdue', async () => {
    const namespace = createRunId();
    const keys = new Keys(namespace);
    const dying = openDyingAfterCommit(namespace);
    const [created, ended] = [await startRun(dying), await startRun(dying)];
    await dying.events.create(created, hookCreated('token'));
    await dying.events.create(ended, { eventType: 'run_completed', eventData: {} });
    const world = openSpread(server.url, namespace);
    expect((await world.hooks.getByToken('token')).runId).toBe(created);
    await passTime(keys);
    const runs = (await world.runs.list()).data;
    expect(runs.map(({ runId, status }) => `${runId} ${status}`).sort()).toEqual(
      [`${created} running`, `${ended} completed`].sort(),
    );
    expect((await world.runs.list({ status: 'completed' })).data).toHaveLength(1);
    expect((await world.hooks.list({})).data.map(({ runId }) => runId)).toEqual([created]);
    expect((await world.hooks.get('hook')).token).toBe('token');
    expect(await redis.hlen(keys.intents)).toBe(0);
    const olderThan = new Date(Date.now() + 60_000);
    expect((await world.prune({ olderThan })).runIds).toEqual([ended]);
  });

  test('a token whose release was committed and not told is free at once', async () => {
    const namespace = createRunId();
    const dying = openDyingAfterCommit(namespace);
    const first = await startRun(dying);
    await dying.events.create(first, hookCreated('disposed'));
    await dying.events.create(first, { eventType: 'hook_disposed', correlationId: 'hook' });
    await dying.events.create(first, hookCreated('ended', 'hook-2'));
    await dying.events.create(first, { eventType: 'run_cancelled' });
    await passTime(new Keys(namespace));
    const world = openSpread(server.url, namespace);
    const next = await startRun(world);
    for (const token of ['disposed', 'ended']) {
      await expect(world.hooks.getByToken(token)).rejects.toMatchObject({ code: 'HOOK_NOT_FOUND' });
      const { event } = await world.events.create(next, hookCreated(token, `of-${token}`));
      expect(event?.eventType).toBe('hook_created');
    }
  });

  test('a refused append lets go of the tokens that it had claimed', async () => {
    const namespace = createRunId();
    const keys = new Keys(namespace);
    const world = openSpread(server.url, namespace);
    const runId = await startRun(world);
    const fence = { lastKnownEventId: 'evnt_00000000000000000000000000' };
    await expect(
      world.events.createBatch(runId, [hookCreated('a'), hookCreated('b', 'hook-2')], fence),
    ).rejects.toMatchObject({ code: 'FENCE_CONFLICT' });
    expect(await redis.hgetall(keys.claims)).toEqual({});
    expect(await redis.hlen(keys.intents)).toBe(0);
  });
});
