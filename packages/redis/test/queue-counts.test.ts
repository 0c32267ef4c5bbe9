import {
  type Claimed,
  type ClaimRef,
  createRunId,
  type NewMessage,
  type Topic,
  type World,
} from '@world/contract';
import { startCluster, startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { countCommands } from './count-commands.js';
import { openWorld } from './given.js';

/** Counts, never times: what calls on messages cost in commands. */

const [server, cluster] = await Promise.all([startRedis(), startCluster()]);
const redis = new Redis({ port: server.port, protocol: 2 });
afterAll(async () => {
  redis.disconnect();
  await Promise.all([server.stop(), cluster.stop()]);
});

const LEASE_MS = 600_000;
let made = 0;

/** A message that is due, `mergeable` or not, of a lane or none. */
function message(given: Partial<NewMessage> = {}): NewMessage {
  made += 1;
  return {
    messageId: `msg_${String(made).padStart(8, '0')}`,
    queueName: '__wkf_workflow_flow',
    topic: 'workflow',
    mergeable: true,
    data: Uint8Array.of(0xa0),
    delayMs: 0,
    onlyIfIdle: false,
    ...given,
  };
}

const claim = (world: World, topic: Topic = 'workflow', limit = 10): Promise<Claimed> =>
  world.messages.claim({ topic, limit, leaseMs: LEASE_MS, token: `token-${topic}` });

const refOf = (claimed: Claimed, topic: Topic = 'workflow'): ClaimRef => ({
  messageId: claimed.messages[0]?.messageId ?? '',
  token: `token-${topic}`,
});

/** Commands that the server has done while a call ran, within scripts too, by name. */
async function commandsOf(call: () => Promise<unknown>): Promise<Record<string, number>> {
  await redis.config('RESETSTAT');
  await call();
  const stats = (await redis.info('commandstats')).matchAll(/cmdstat_(\w+):calls=(\d+)/g);
  return Object.fromEntries([...stats].map(([, command = '', calls]) => [command, Number(calls)]));
}

test.each([
  ['one server', server.url, [server.port]],
  ['a cluster', cluster.url, cluster.nodes.map(({ port }) => port)],
])('on %s every call on messages is one script call', async (_, url, ports) => {
  const world = openWorld({ url, namespace: createRunId() });
  const runId = createRunId();
  let held: ClaimRef = { messageId: '', token: '' };
  const calls: readonly (() => Promise<unknown>)[] = [
    () => world.messages.enqueue(message({ runId, lane: runId, idempotencyKey: 'key' })),
    () => world.messages.enqueue(message({ runId, lane: runId, idempotencyKey: 'key' })),
    () => world.messages.enqueue(message({ runId, lane: runId, onlyIfIdle: true })),
    async () => {
      held = refOf(await claim(world));
    },
    () => world.messages.extend([held, held], LEASE_MS),
    () => world.messages.list({ limit: 1000 }),
    () => world.messages.settle(held, { kind: 'later', delayMs: 0, failed: true }),
    async () => {
      held = refOf(await claim(world));
    },
    () => world.messages.settle(held, { kind: 'dead', reason: 'HTTP 500' }),
    () => world.messages.redrive(),
    () => claim(world),
    () => world.messages.settle(held, { kind: 'done' }),
  ];
  // The first round connects, marks the namespace, and loads the scripts.
  for (const call of calls) await call();
  for (const call of calls) {
    expect(await countCommands(ports, call), String(call)).toEqual({ evalsha: 1 });
  }
});

test('a claim costs what it takes: 1,000 messages that wait for their lane are looked at once', async () => {
  const world = openWorld({ url: server.url, namespace: createRunId() });
  const lane = createRunId();
  await world.messages.enqueue(message({ lane }));
  await claim(world);
  const takeOne = async (): Promise<void> => {
    await world.messages.enqueue(message());
    const claimed = await claim(world);
    expect(claimed.messages).toHaveLength(1);
    await world.messages.settle(refOf(claimed), { kind: 'done' });
  };
  await takeOne();
  const alone = await commandsOf(takeOne);
  await Promise.all(
    Array.from({ length: 1000 }, () => world.messages.enqueue(message({ lane, mergeable: false }))),
  );
  const first = await commandsOf(takeOne);
  expect(Number(first.hget)).toBeGreaterThan(1000);
  expect(await commandsOf(takeOne)).toEqual(alone);
});

test('one wake is published for 110 that wait for a busy lane: for the first, and when the lane is free', async () => {
  const world = openWorld({ url: server.url, namespace: createRunId() });
  const lane = createRunId();
  const wake = () => world.messages.enqueue(message({ lane }));
  expect(await commandsOf(wake)).toMatchObject({ publish: 1 });
  const tick = refOf(await claim(world));
  const wakes = await commandsOf(() => Promise.all(Array.from({ length: 110 }, wake)));
  expect(wakes.publish).toBeUndefined();
  expect(await world.messages.list({ limit: 1000 })).toHaveLength(2);
  const end = await commandsOf(() => world.messages.settle(tick, { kind: 'done' }));
  expect(end).toMatchObject({ publish: 1 });
  expect((await claim(world)).messages).toHaveLength(1);
  expect(await world.messages.list({ limit: 1000 })).toHaveLength(1);
});

test('a list looks at 1,000 messages in one script, whatever it searches for', async () => {
  const world = openWorld({ url: server.url, namespace: createRunId() });
  await Promise.all(Array.from({ length: 2500 }, () => world.messages.enqueue(message())));
  await world.messages.enqueue(message({ topic: 'step' }));
  const { messageId, token } = refOf(await claim(world, 'step'), 'step');
  const search = () => world.messages.list({ state: 'claimed', limit: 10 });
  expect((await search()).map((one) => one.messageId)).toEqual([messageId]);
  expect(await countCommands([server.port], search)).toEqual({ evalsha: 3 });
  await world.messages.settle({ messageId, token }, { kind: 'done' });
  expect(await search()).toEqual([]);
});

test('what waits behind a message of a removed run is claimed: a lane may have messages of several runs', async () => {
  const world = openWorld({ url: server.url, namespace: createRunId() });
  const runId = createRunId();
  const eventData = { deploymentId: 'deployment', workflowName: 'flow', input: 1 };
  await world.events.create(runId, { eventType: 'run_started', eventData });
  const lane = createRunId();
  await world.messages.enqueue(message({ lane }));
  const first = refOf(await claim(world));
  await world.messages.enqueue(message({ lane, mergeable: false, runId }));
  const behind = await world.messages.enqueue(message({ lane, mergeable: false }));
  // Both are put off.
  expect((await claim(world)).messages).toEqual([]);
  await world.messages.settle(first, { kind: 'done' });
  await world.events.create(runId, { eventType: 'run_cancelled' });
  await world.prune({ olderThan: new Date(Date.now() + 60_000) });
  const { messages } = await claim(world);
  expect(messages.map(({ messageId }) => messageId)).toEqual([behind.messageId]);
});

test('ids of which nothing is left, as while a namespace is removed, hold up no claim, list or search', async () => {
  const namespace = createRunId();
  const world = openWorld({ url: server.url, namespace });
  const runId = createRunId();
  await world.messages.enqueue(message({ lane: runId, runId, mergeable: false }));
  onTestFinished(() => world.deleteNamespace());
  const [states] = await redis.keys(`world:{${namespace}}:queue:states`);
  await redis.del(states ?? '');
  const idle = message({ runId, lane: runId, onlyIfIdle: true });
  expect(await world.messages.list({ limit: 10 })).toEqual([]);
  expect((await claim(world)).messages).toEqual([]);
  expect(await world.messages.enqueue(idle)).toEqual({ messageId: idle.messageId, added: true });
  expect((await claim(world)).messages).toHaveLength(1);
  expect(await world.messages.redrive()).toBe(0);
});
