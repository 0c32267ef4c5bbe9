import { createRunId } from '@world/contract';
import { startCluster, startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, test } from 'vitest';
import { Keys } from '../src/keys.js';
import { countCommands } from './count-commands.js';
import { openWorld, refusalOf } from './given.js';
import { readKeyspace } from './keyspace.js';
import { LostAnswer, openSpread } from './spread-world.js';

/** What streams are on this store, besides what the conformance suite asks of all. */

const [server, cluster] = await Promise.all([startRedis(), startCluster()]);
const redis = new Redis({ port: server.port, protocol: 2 });
afterAll(async () => {
  redis.disconnect();
  await Promise.all([server.stop(), cluster.stop()]);
});

const MIB = 1024 * 1024;
const tomorrow = (): Date => new Date(Date.now() + 86_400_000);
const started = {
  eventType: 'run_started',
  eventData: { deploymentId: 'deployment', workflowName: 'flow', input: 1 },
} as const;

describe('what a stream costs', () => {
  test('on one server every write and every read is one script call, the first one too', async () => {
    const world = openWorld({ url: server.url, namespace: createRunId() });
    const calls: readonly (() => Promise<unknown>)[] = [
      () => world.writeToStream('name', 'run', 'a'),
      () => world.writeToStreamMulti('name', 'run', ['b', 'c']),
      () => world.getStreamChunks('name', 'run'),
      () => world.closeStream('name', 'run'),
    ];
    for (const call of calls) await call();
    await world.deleteNamespace();
    // Marks the namespace.
    await world.closeStream('other', 'run');
    for (const call of calls) {
      expect(await countCommands([server.port], call), String(call)).toEqual({ evalsha: 1 });
    }
  });

  test('on a cluster a stream is named in its run before it is made, and its other writes are one script call', async () => {
    const world = openWorld({ url: cluster.url, namespace: createRunId() });
    const ports = cluster.nodes.map(({ port }) => port);
    for (let i = 0; i < 20; i += 1) await world.writeToStream(`warm-${i}`, 'run', 'a');
    const write = () => world.writeToStream('name', 'run', 'a');
    const { evalsha = 0, eval: whole = 0, ...others } = await countCommands(ports, write);
    expect([evalsha + whole, others]).toEqual([2, { sadd: 2 }]);
    expect(await countCommands(ports, write)).toEqual({ evalsha: 1 });
  });

  test('a read takes the chunks that it gives from the server, and no others', async () => {
    const world = openWorld({ url: server.url, namespace: createRunId() });
    for (let i = 0; i < 16; i += 1) await world.writeToStream('name', 'run', new Uint8Array(MIB));
    const output = async () =>
      Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
    const before = await output();
    const reader = (await world.readFromStream('name')).getReader();
    expect((await reader.read()).value).toHaveLength(MIB);
    expect((await output()) - before).toBeLessThan(1.1 * MIB);
    await reader.cancel();
  });

  test('a chunk of 4 MiB, and 200,000 chunks in one Multi', async () => {
    const world = openWorld({ url: cluster.url, namespace: createRunId() });
    const large = new Uint8Array(4 * MIB).fill(7);
    await world.writeToStream('large', 'run', large);
    const [chunk] = (await world.getStreamChunks('large', 'run')).data;
    expect(Buffer.from(large).equals(chunk?.data ?? Buffer.of())).toBe(true);
    const many = Array.from({ length: 200_000 }, (_, i) => String(i));
    await world.writeToStreamMulti('many', 'run', many);
    expect(await world.getStreamInfo('many', 'run')).toEqual({ tailIndex: 199_999, done: false });
    const reader = (await world.readFromStream('many', -1)).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('199999');
    await reader.cancel();
  });
});

describe('where streams and their runs are on different servers', () => {
  test('a name whose stream was never made, or belongs to another run, is not listed', async () => {
    const namespace = createRunId();
    const world = openSpread(server.url, namespace);
    const keys = new Keys(namespace);
    await world.writeToStream('made', 'run', 'a');
    await world.writeToStream('of-another', 'other', 'a');
    await redis.sadd(keys.ofRun('run').streams, 'never-made', 'of-another');
    expect(await world.listStreamsByRunId('run')).toEqual(['made']);
    expect(await world.listStreamsByRunId('other')).toEqual(['of-another']);
  });

  test('prune leaves a stream of another run that its own run names too', async () => {
    const namespace = createRunId();
    const world = openSpread(server.url, namespace);
    const runId = createRunId();
    await world.events.create(runId, started);
    await world.writeToStream('of-another', 'other', 'a');
    await redis.sadd(new Keys(namespace).ofRun(runId).streams, 'of-another', 'never-made');
    await world.events.create(runId, { eventType: 'run_cancelled' });
    await world.prune({ olderThan: tomorrow() });
    expect(await redis.keys(`*{${runId}}*`)).toEqual([]);
    expect((await world.getStreamInfo('of-another', 'other')).tailIndex).toBe(0);
  });

  test('a run that is pruned while its stream is made names it all the same', async () => {
    const namespace = createRunId();
    const other = openSpread(server.url, namespace);
    const runId = createRunId();
    let writes = 0;
    const world = openSpread(server.url, namespace, async (script, run) => {
      if (script === 'streamWrite') writes += 1;
      if (script === 'streamWrite' && writes === 2) {
        await other.prune({ olderThan: tomorrow() });
      }
      return run();
    });
    await world.events.create(runId, started);
    await world.events.create(runId, { eventType: 'run_cancelled' });
    await world.writeToStream('late', runId, 'a');
    expect(await other.listStreamsByRunId(runId)).toEqual(['late']);
  });
});

test('a prune that was cut off after the run, before its streams, is finished by the next', async () => {
  const namespace = createRunId();
  const dying = openSpread(server.url, namespace, async (script, run) => {
    if (script === 'streamRemove') throw new Error('it died');
    return run();
  });
  const world = openWorld({ url: server.url, namespace });
  const runId = createRunId();
  await world.events.create(runId, started);
  await world.writeToStream('name', runId, 'a');
  await world.queue('__wkf_workflow_flow', { runId });
  await world.events.create(runId, { eventType: 'run_cancelled' });
  await expect(dying.prune({ olderThan: tomorrow() })).rejects.toThrow('it died');
  expect((await world.getStreamInfo('name', runId)).tailIndex).toBe(0);
  expect((await world.prune({ olderThan: tomorrow() })).runIds).toEqual([runId]);
  expect((await world.getStreamInfo('name', runId)).tailIndex).toBe(-1);
  expect(await world.messages.list({ limit: 10 })).toEqual([]);
  expect(await redis.keys(`*{${runId}}*`)).toEqual([]);
});

test('of a numbered write whose answer is lost the chunk is there once; another one is not sent again', async () => {
  const namespace = createRunId();
  const lost = new LostAnswer('streamWrite');
  const world = openSpread(server.url, namespace, lost.around);
  await world.writeToStream('name', 'run', 'a');
  lost.arm();
  await world.writeToStream('name', 'run', 'b', { writer: { id: 'writer', seq: 1 } });
  lost.arm();
  expect((await refusalOf(world.writeToStream('name', 'run', 'c'))).code).toBe('STORE_UNAVAILABLE');
  lost.arm();
  await world.closeStream('name', 'run');
  expect(await world.getStreamInfo('name', 'run')).toEqual({ tailIndex: 2, done: true });
});

test('what is left of the chunks of a stream that is gone is no part of the next one', async () => {
  const namespace = createRunId();
  const world = openWorld({ url: server.url, namespace });
  await world.writeToStreamMulti('name', 'run', ['old', 'older']);
  await redis.del(new Keys(namespace).ofStream('name').meta);
  expect((await world.getStreamChunks('name', 'run')).data).toEqual([]);
  await world.writeToStream('name', 'run', 'new');
  const { data } = await world.getStreamChunks('name', 'run');
  expect(data.map((chunk) => new TextDecoder().decode(chunk.data))).toEqual(['new']);
});

test('without memory writes are refused and leave nothing; reads and prune work', async () => {
  const world = openWorld({ url: server.url, namespace: createRunId() });
  const runId = createRunId();
  await world.events.create(runId, started);
  await world.writeToStream('name', runId, 'a');
  await world.events.create(runId, { eventType: 'run_cancelled' });
  await redis.config('SET', 'maxmemory', '1mb');
  try {
    const before = await readKeyspace(redis);
    for (const name of ['name', 'other']) {
      const { code } = await refusalOf(world.writeToStream(name, runId, 'b'));
      expect(code).toBe('STORE_UNAVAILABLE');
    }
    expect(await readKeyspace(redis)).toEqual(before);
    expect((await world.getStreamChunks('name', runId)).data).toHaveLength(1);
    expect((await world.prune({ olderThan: tomorrow() })).runIds).toEqual([runId]);
  } finally {
    await redis.config('SET', 'maxmemory', '0');
  }
  expect((await world.getStreamInfo('name', runId)).tailIndex).toBe(-1);
});
