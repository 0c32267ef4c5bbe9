import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRunId, type Event, type World } from '@world/contract';
import { createWorld } from '@world/redis';
import { startCluster, startRedis } from '@world/redis-servers';
import { afterAll, expect, test } from 'vitest';

const PROCESSES = 4;
const WRITERS = 8;
const EVENTS = 10_000;

const [server, cluster] = await Promise.all([startRedis(), startCluster()]);
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

/** The whole log, read by cursors while it grows, until it is complete. */
async function readWhileGrowing(world: World, runId: string, length: number): Promise<Event[]> {
  const seen: Event[] = [];
  let cursor: string | undefined;
  while (seen.length < length) {
    const page = await world.events.list({ runId, pagination: { cursor, limit: 100 } });
    seen.push(...page.data);
    cursor = page.cursor ?? cursor;
  }
  return seen;
}

test.each([
  ['one server', server.url],
  ['a cluster', cluster.url],
])(
  'on %s 4 processes × 8 writers append 10,000 events to one run: dense, in order, each seen once behind a cursor',
  async (_, url) => {
    const namespace = 'many-writers';
    const world = createWorld({ url, namespace });
    const runId = createRunId();
    const eventData = { deploymentId: 'deployment', workflowName: 'flow', input: 1 };
    await world.events.create(runId, { eventType: 'run_started', eventData });
    const count = Math.ceil(EVENTS / PROCESSES / WRITERS);
    const processes = await Promise.all(
      Array.from({ length: PROCESSES }, async (__, i) => {
        const request = { url, namespace, runId, name: `process-${i}`, writers: WRITERS, count };
        const script = new URL('./waits-writer.mjs', import.meta.url);
        const child = fork(script, [JSON.stringify(request)], { execArgv: [] });
        expect(await once(child, 'message')).toEqual(['ready', undefined]);
        return child;
      }),
    );
    const done = processes.map((child) => once(child, 'message'));
    for (const child of processes) child.send('go');
    const total = 2 + PROCESSES * WRITERS * count;
    expect(total).toBeGreaterThan(EVENTS);
    const seen = await readWhileGrowing(world, runId, total);
    await Promise.all(done);
    expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (__, i) => i + 1));
    const ids = seen.map(({ eventId }) => eventId);
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(total);
    // Each writer's own events are in its own order.
    for (let process = 0; process < PROCESSES; process += 1) {
      for (let writer = 0; writer < WRITERS; writer += 1) {
        const own = `process-${process}-${writer}-`;
        const written = seen
          .map(({ correlationId = '' }) => correlationId)
          .filter((id) => id.startsWith(own));
        expect(written).toEqual(Array.from({ length: count }, (__, i) => `${own}${i}`));
      }
    }
    await world.close();
  },
  120_000,
);
