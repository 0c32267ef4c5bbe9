import type { World } from '@world/contract';
import { startCluster, startRedis } from '@world/redis-servers';
import { Cluster } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { correlationIdsOf, newRun, openWorld, readDenseLog, waitCreated } from './given.js';
import { printedSeed, seededRandom } from './seeded-random.js';
import { TcpProxy, type Verdict } from './tcp-proxy.js';

const WRITERS = 8;
const CUTS: readonly Verdict[] = ['cut-before', 'cut-after', 'cut-amid'];
/** Of all that passes in either direction, this share cuts its connection. */
const CUT_SHARE = 0.03;

/** Writers append under keys through proxies that cut at random; then checks the log, by a world that is not cut. */
async function writeThroughCuts(
  proxies: readonly TcpProxy[],
  open: () => World,
  direct: World,
  appends: number,
): Promise<void> {
  const random = seededRandom(printedSeed(`${appends} appends of ${WRITERS} writers`));
  const runId = await newRun(direct);
  const worlds = Array.from({ length: WRITERS }, open);
  // A server that has never answered would be told at once.
  await Promise.all(worlds.map((world) => world.runs.get(runId)));
  for (const proxy of proxies) {
    proxy.decide = () =>
      random() < CUT_SHARE ? (CUTS[Math.floor(random() * CUTS.length)] ?? 'pass') : 'pass';
  }
  const written = await Promise.all(
    worlds.map(async (world, writer) => {
      const ids: string[] = [];
      for (let i = writer; i < appends; i += WRITERS) {
        const id = `writer-${writer}-${i}`;
        const { event } = await world.events.create(runId, waitCreated(id), { idempotencyKey: id });
        expect(event?.correlationId).toBe(id);
        ids.push(id);
      }
      return ids;
    }),
  );
  for (const proxy of proxies) proxy.decide = () => 'pass';
  const log = correlationIdsOf(await readDenseLog(direct, runId)).slice(1);
  expect(log).toHaveLength(appends);
  for (const [writer, ids] of written.entries()) {
    expect(log.filter((id) => id?.startsWith(`writer-${writer}-`))).toEqual(ids);
  }
  expect(proxies.reduce((sum, { count }) => sum + count.cut, 0)).toBeGreaterThan(appends / 50);
}

test('one server: each append is in the log once, in the order of its writer', async () => {
  const server = await startRedis();
  const proxy = await TcpProxy.start(server.port);
  onTestFinished(async () => {
    proxy.stop();
    await server.stop();
  });
  const direct = openWorld({ url: server.url });
  await writeThroughCuts([proxy], () => openWorld({ url: proxy.url }), direct, 500);
});

test('a cluster: each append is in the log once, in the order of its writer', async () => {
  const cluster = await startCluster();
  const proxies = await Promise.all(cluster.nodes.map(({ port }) => TcpProxy.start(port)));
  const at = ({ port }: { port: number }) => ({ host: '127.0.0.1', port });
  const client = new Cluster(proxies.map(at), {
    natMap: Object.fromEntries(
      cluster.nodes.map(({ port }, i) => [`127.0.0.1:${port}`, at(proxies[i] ?? { port })]),
    ),
    lazyConnect: true,
  });
  onTestFinished(async () => {
    client.disconnect();
    for (const proxy of proxies) proxy.stop();
    await cluster.stop();
  });
  const direct = openWorld({ url: cluster.url });
  await writeThroughCuts(proxies, () => openWorld({ client }), direct, 250);
});
