import { createRunId, type World } from '@world/contract';
import { startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { openWorld } from './given.js';

/** Worlds of one process that are on the same server, and not on the same data. */

const server = await startRedis();
afterAll(() => server.stop());

const clientOf = (db: number): Redis => {
  const client = new Redis({ port: server.port, db, lazyConnect: true });
  onTestFinished(() => client.disconnect());
  return client;
};

/** A world that delivers to its own handler, in this process. */
async function delivering(
  place: { url: string } | { client: Redis },
  namespace: string,
  heard: string[],
): Promise<World> {
  const world: World = openWorld({
    ...place,
    namespace,
    queue: {
      baseUrl: 'http://localhost',
      recovery: false,
      onProblem: (problem) => heard.push(problem),
      fetch: (url, init) => handle(new Request(url, init)),
    },
  });
  const handle = world.createQueueHandler('__wkf_workflow_', async () => {
    heard.push('delivered');
  });
  await world.start();
  return world;
}

test.each([
  ['URLs', (db: number) => ({ url: `${server.url}/${db}` })],
  ['clients', (db: number) => ({ client: clientOf(db) })],
])('databases of one server, told by %s, have secrets of their own', async (_, placeOf) => {
  const namespace = createRunId();
  const heard: string[] = [];
  const world = await delivering(placeOf(0), namespace, heard);
  await delivering(placeOf(1), namespace, []);
  await world.queue('__wkf_workflow_w', { runId: createRunId() });
  await expect.poll(() => heard).not.toEqual([]);
  expect(heard).toEqual(['delivered']);
});
