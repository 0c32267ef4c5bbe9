import { startCluster, startRedis } from '@world/redis-servers';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { newRun, openWorld, readDenseLog, waitCreated } from './given.js';

const [server, cluster] = await Promise.all([startRedis(), startCluster()]);
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

type Client = Redis | Cluster;

type ClusterOptions = ConstructorParameters<typeof Cluster>[1];

const clusterClient = (options: ClusterOptions): Cluster =>
  new Cluster(
    cluster.nodes.map(({ port }) => ({ port, host: '127.0.0.1' })),
    options,
  );

/** Options that callers may have, each of which would change what this package sends or gets. */
const PECULIAR = {
  keyPrefix: 'mine:',
  stringNumbers: true,
  commandTimeout: 1,
  enableOfflineQueue: false,
  connectionName: 'mine',
} satisfies RedisOptions;

const CLIENTS: readonly (readonly [string, () => Client])[] = [
  ['a Redis', () => new Redis(server.url)],
  ['a Redis that is not connected', () => new Redis(server.url, { lazyConnect: true })],
  [
    'a Redis with options of its own',
    () => new Redis(server.url, { ...PECULIAR, lazyConnect: true }),
  ],
  ['a Redis that pipelines by itself', () => new Redis(server.url, { enableAutoPipelining: true })],
  ['a Redis of RESP3', () => new Redis(server.url, { protocol: 3, replyMapping: 'resp3' })],
  ['a Cluster', () => clusterClient({})],
  ['a Cluster that is not connected', () => clusterClient({ lazyConnect: true })],
  [
    'a Cluster with options of its own',
    () =>
      clusterClient({
        keyPrefix: 'mine:',
        enableAutoPipelining: true,
        enableOfflineQueue: false,
        scaleReads: 'slave',
        redisOptions: { stringNumbers: true },
      }),
  ],
  [
    'a Cluster whose nodes have options of their own',
    () =>
      clusterClient({ redisOptions: { keyPrefix: 'mine:', protocol: 3, replyMapping: 'resp3' } }),
  ],
];

async function keysOf(client: Client): Promise<readonly string[]> {
  const servers = 'nodes' in client ? client.nodes('master') : [client];
  return (await Promise.all(servers.map((one) => one.keys('*')))).flat();
}

describe("a caller's client", () => {
  test.each(CLIENTS)(
    '%s: a world like any other, and the client stays as it was',
    async (_, make) => {
      const client = make();
      const plain = 'nodes' in client ? clusterClient({}) : new Redis(server.url);
      onTestFinished(() => {
        client.disconnect();
        plain.disconnect();
      });
      const { status } = client;
      const world = openWorld({ client, namespace: 'mine' });
      const runId = await newRun(world);
      const events = world.events.follow({ runId })[Symbol.asyncIterator]();
      expect(await events.next()).toMatchObject({ value: { seq: 1 } });
      const pending = events.next();
      await world.events.create(runId, waitCreated('wait'));
      expect(await pending).toMatchObject({ value: { seq: 2 } });
      const hook = {
        eventType: 'hook_created',
        correlationId: 'hook',
        eventData: { token: 'token' },
      };
      await world.events.create(runId, hook as never);
      expect(await world.hooks.getByToken('token')).toMatchObject({ hookId: 'hook' });
      expect((await world.runs.list()).data).toHaveLength(1);

      // What it has written is where a world of a URL finds it.
      const url = 'nodes' in client ? cluster.url : server.url;
      const same = openWorld({ url, namespace: 'mine' });
      expect(await readDenseLog(same, runId)).toHaveLength(3);
      const keys = await keysOf(plain);
      expect(keys.length).toBeGreaterThan(0);
      expect(keys.filter((key) => !key.startsWith('world:'))).toEqual([]);
      await world.deleteNamespace();
      expect(await keysOf(plain)).toEqual([]);

      await world.close();
      if (status === 'wait') expect(client.status).toBe('wait');
      if ('commandTimeout' in client.options) client.options.commandTimeout = 10_000;
      if (client.status === 'wait') await client.connect();
      else if (client.status !== 'ready')
        await new Promise((resolve) => client.once('ready', resolve));
      expect(await client.get('key')).toBe(null);
    },
  );
});
