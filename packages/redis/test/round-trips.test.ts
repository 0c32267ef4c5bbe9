import { createRunId, type EventRequest, type World } from '@world/contract';
import { createWorld } from '@world/redis';
import { startCluster, startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { countCommands } from './count-commands.js';

/** Counts, never times: what an append costs in commands that cross the network. */

const server = await startRedis();
const cluster = await startCluster();
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

const input = Uint8Array.of(1);
const created = {
  eventType: 'run_created',
  eventData: { deploymentId: 'deployment', workflowName: 'flow', input },
} as const;

/** A run's life, with everything that an append may have to do. */
const life: readonly EventRequest[] = [
  created,
  { eventType: 'run_started' },
  { eventType: 'step_created', correlationId: 'step', eventData: { stepName: 'step', input } },
  { eventType: 'step_started', correlationId: 'step' },
  { eventType: 'step_retrying', correlationId: 'step', eventData: { error: 'again' } },
  { eventType: 'step_started', correlationId: 'step' },
  { eventType: 'step_completed', correlationId: 'step', eventData: { result: input } },
  { eventType: 'hook_created', correlationId: 'hook', eventData: { token: 'token' } },
  { eventType: 'hook_created', correlationId: 'hook-2', eventData: { token: 'token' } },
  { eventType: 'hook_received', correlationId: 'hook', eventData: { payload: input } },
  { eventType: 'hook_disposed', correlationId: 'hook' },
  { eventType: 'wait_created', correlationId: 'wait', eventData: { resumeAt: new Date(0) } },
  { eventType: 'wait_completed', correlationId: 'wait' },
  { eventType: 'run_completed', eventData: { output: input } },
];

async function warmWorld(url: string): Promise<World> {
  const world = createWorld({ url, namespace: createRunId() });
  // Connects, marks the namespace, and loads the script.
  for (let i = 0; i < 30; i += 1) await world.events.create(createRunId(), created);
  return world;
}

describe('round trips on one server', () => {
  test('every append is one script call and nothing else, fenced or not', async () => {
    const world = await warmWorld(server.url);
    for (const fenced of [false, true]) {
      const runId = createRunId();
      let lastKnownEventId: string | undefined;
      for (const request of life) {
        const params = fenced && lastKnownEventId !== undefined ? { lastKnownEventId } : {};
        const counts = await countCommands([server.port], async () => {
          const { event } = await world.events.create(runId, request, params);
          lastKnownEventId = event?.eventId;
        });
        expect(counts, request.eventType).toEqual({ evalsha: 1 });
      }
    }
    await world.close();
  });

  test('so are a batch, a refusal, and a conflict with what was missed', async () => {
    const world = await warmWorld(server.url);
    const runId = createRunId();
    const fence = (await world.events.create(runId, created)).event?.eventId;
    const step = (id: string): EventRequest => ({
      eventType: 'step_created',
      correlationId: id,
      eventData: { stepName: 'step', input },
    });
    const count = (call: () => Promise<unknown>) => countCommands([server.port], call);
    const batch = Array.from({ length: 25 }, (_, i) => step(`step-${i}`));
    expect(await count(() => world.events.createBatch(runId, batch))).toEqual({ evalsha: 1 });
    const stale = { lastKnownEventId: fence };
    expect(
      await count(() =>
        expect(world.events.create(runId, step('late'), stale)).rejects.toMatchObject({
          code: 'FENCE_CONFLICT',
        }),
      ),
    ).toEqual({ evalsha: 1 });
    expect(
      await count(() =>
        expect(
          world.events.create(runId, { eventType: 'wait_completed', correlationId: 'none' }),
        ).rejects.toMatchObject({ code: 'WAIT_NOT_FOUND' }),
      ),
    ).toEqual({ evalsha: 1 });
    await world.close();
  });

  test('under contention each of 64 appends on one run is one script call, whatever becomes of it', async () => {
    const worlds = [await warmWorld(server.url), await warmWorld(server.url)];
    const runId = createRunId();
    for (const world of worlds) await world.events.create(runId, created);
    const counts = await countCommands([server.port], () =>
      Promise.allSettled(
        Array.from({ length: 64 }, (_, i) =>
          worlds[i % 2]?.events.create(runId, {
            eventType: 'step_created',
            correlationId: `step-${i % 8}`,
            eventData: { stepName: 'step', input },
          }),
        ),
      ),
    );
    expect(counts).toEqual({ evalsha: 64 });
    await Promise.all(worlds.map((world) => world.close()));
  });

  test('the server itself counts one script call an append, and the same commands in it at log length 10 and 5,000', async () => {
    const world = await warmWorld(server.url);
    const redis = new Redis({ port: server.port, protocol: 2 });
    onTestFinished(() => redis.disconnect());
    const runId = createRunId();
    await world.events.create(runId, created);
    const wait = (correlationId: string): EventRequest => ({
      eventType: 'wait_created',
      correlationId,
      eventData: { resumeAt: new Date(0) },
    });
    const callsOf = async (name: string): Promise<Record<string, number>> => {
      await redis.config('RESETSTAT');
      const { lastKnownEventId } = await world.runs.get(runId);
      await world.events.create(runId, wait(name), { lastKnownEventId });
      const stats = (await redis.info('commandstats')).matchAll(/cmdstat_(\w+):calls=(\d+)/g);
      return Object.fromEntries(
        [...stats].map(([, command = '', calls]) => [command, Number(calls)]),
      );
    };
    const short = await callsOf('short');
    expect(short).toMatchObject({ evalsha: 1, time: 1, xadd: 1 });
    for (let batch = 0; batch < 5; batch += 1) {
      const waits = Array.from({ length: 1000 }, (_, i) => wait(`wait-${batch}-${i}`));
      await world.events.createBatch(runId, waits);
    }
    expect(await callsOf('long')).toEqual(short);
    await world.close();
  });

  test('a read of a page, an event or a run is one command', async () => {
    const world = await warmWorld(server.url);
    const runId = createRunId();
    await world.events.create(runId, created);
    const none = { resolveData: 'none' } as const;
    const reads: readonly (() => Promise<unknown>)[] = [
      () => world.events.list({ runId }),
      () => world.events.listByCorrelationId({ runId, correlationId: 'step' }),
      () => world.runs.get(runId, none),
      () => world.steps.list({ runId, ...none }),
    ];
    for (const read of reads) {
      const counts = await countCommands([server.port], read);
      expect(Object.values(counts)).toEqual([1]);
    }
    await world.close();
  });
});

test('on a cluster what a run does by itself is one script call; what spans runs is announced before and shown after', async () => {
  const world = await warmWorld(cluster.url);
  const runId = createRunId();
  const ports = cluster.nodes.map(({ port }) => port);
  for (const request of life) {
    const counts = await countCommands(ports, () => world.events.create(runId, request));
    const spans = /^run|hook_(created|disposed)/.test(request.eventType);
    // A claim that is held already is looked at in the run that holds it, and the append announced again.
    const isHeld = request.correlationId === 'hook-2';
    // A connection that has not seen a script yet is sent it whole.
    const { evalsha = 0, eval: whole = 0, ...others } = counts;
    expect(others).toEqual({});
    expect(evalsha + whole, request.eventType).toBe(isHeld ? 5 : spans ? 3 : 1);
  }
  await world.close();
});
