import { createRunId, type World } from '@world/contract';
import { createWorld } from '@world/redis';
import { startCluster, startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, test } from 'vitest';
import { ENTITY_KINDS, Keys } from '../src/keys.js';

const [server, cluster] = await Promise.all([startRedis(), startCluster({ nodes: 3 })]);
const redis = new Redis({ port: server.port, protocol: 2 });
const node = new Redis({ port: cluster.nodes[0]?.port ?? 0, protocol: 2 });
afterAll(async () => {
  redis.disconnect();
  node.disconnect();
  await Promise.all([server.stop(), cluster.stop()]);
});

/** Text that might be taken for a part of a key, of a hash tag, or of a pattern. */
const NASTY = [
  'a',
  'a:b',
  'a}',
  '{a}',
  '}{',
  'a:{b}',
  '*',
  'a*',
  '[ab]',
  '?',
  '\\',
  'a b',
  '%7B',
  '%',
  'ü',
  '😀',
  'a\u0001b',
  '\'"`',
  'default:{wrun_01K000000000000000000000}:log',
];

const allOf = (keys: Keys, runId: string): string[] => {
  const ofRun = keys.ofRun(runId);
  return [
    ofRun.run,
    ofRun.log,
    ofRun.tokens,
    ofRun.void,
    ofRun.streams,
    ofRun.lostStreams,
    ...ENTITY_KINDS.map((kind) => ofRun.created[kind]),
  ];
};
const spanning = (keys: Keys): string[] => [
  keys.index,
  keys.claims,
  keys.intents,
  keys.queue,
  keys.secret,
  keys.version,
];

describe('keys', () => {
  test('no two namespaces and ids share a key, whatever they contain', () => {
    const seen = new Map<string, string>();
    for (const namespace of NASTY) {
      const keys = new Keys(namespace);
      const ofEach = NASTY.flatMap((id) => [
        ...allOf(keys, id),
        ...Object.values(keys.ofStream(id)),
      ]);
      const here = [...spanning(keys), ...ofEach];
      for (const key of here) {
        expect(seen.get(key), `${key} of ${namespace}`).toBeUndefined();
        seen.set(key, namespace);
      }
    }
  });

  test('all keys of a run are in one slot, those of a stream in one, all that span runs in one', async () => {
    const slots = async (names: readonly string[]) =>
      new Set(await Promise.all(names.map((name) => node.cluster('KEYSLOT', name))));
    for (const namespace of NASTY) {
      const keys = new Keys(namespace);
      expect(await slots(spanning(keys))).toHaveProperty('size', 1);
      for (const runId of [createRunId(), ...NASTY]) {
        expect(await slots(allOf(keys, runId))).toHaveProperty('size', 1);
        expect(await slots(Object.values(keys.ofStream(runId)))).toHaveProperty('size', 1);
      }
    }
  });

  test.each(NASTY)('the namespace %j is removed whole, and none beside it', async (namespace) => {
    const eventData = { deploymentId: namespace, workflowName: namespace, input: 1 };
    const fill = async (world: World): Promise<void> => {
      const { run } = await world.events.create(null, { eventType: 'run_created', eventData });
      const hook = { eventType: 'hook_created', correlationId: namespace } as const;
      await world.events.create(run.runId, { ...hook, eventData: { token: namespace } });
      await world.writeToStream(namespace, run.runId, namespace);
      await world.queue('__wkf_workflow_flow', { runId: run.runId });
      await world.messages.secret();
    };
    const world = createWorld({ url: server.url, namespace });
    const others = NASTY.filter((other) => other !== namespace).map((other) =>
      createWorld({ url: server.url, namespace: other }),
    );
    for (const other of others) await fill(other);
    const before = (await redis.keys('*')).sort();
    await fill(world);
    expect((await world.runs.list({ workflowName: namespace })).data).toHaveLength(1);
    expect((await world.hooks.get(namespace)).token).toBe(namespace);
    const [stream] = (await world.getStreamChunks(namespace, 'run')).data;
    expect(new TextDecoder().decode(stream?.data)).toBe(namespace);
    expect((await redis.keys('*')).length).toBeGreaterThan(before.length);
    await world.deleteNamespace();
    expect((await redis.keys('*')).sort()).toEqual(before);
    await Promise.all([world, ...others].map((one) => one.close()));
    await redis.flushall();
  });

  test('a run without steps, hooks and waits has two keys, and none of them when it is pruned', async () => {
    const world = createWorld({ url: server.url, namespace: 'counted' });
    const eventData = { deploymentId: 'deployment', workflowName: 'flow', input: 1 };
    const runId = createRunId();
    await world.events.create(runId, { eventType: 'run_started', eventData });
    const ofRun = async () => (await redis.keys(`*{${runId}}*`)).length;
    expect(await ofRun()).toBe(2);
    for (let i = 0; i < 50; i += 1) {
      const step = { correlationId: `step-${i}`, eventData: { stepName: 'step', input: 1 } };
      await world.events.create(runId, { eventType: 'step_created', ...step });
    }
    expect(await ofRun()).toBe(3);
    await world.events.create(runId, { eventType: 'run_completed', eventData: {} });
    await world.prune({ olderThan: new Date(Date.now() + 60_000) });
    expect(await ofRun()).toBe(0);
    expect(await redis.zcard(new Keys('counted').index)).toBe(0);
    await world.close();
  });
});
