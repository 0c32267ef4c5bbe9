import { createRunId, createWorld as worldOf } from '@world/contract';
import { startCluster, startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { addressOfUrl } from '../src/address.js';
import { RedisStore } from '../src/redis-store.js';

const [server, cluster] = await Promise.all([startRedis(), startCluster()]);
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

const places = [
  ['one server', server.url, [server.port]],
  ['a cluster', cluster.url, cluster.nodes.map(({ port }) => port)],
] as const;

/** Channels that somebody listens to on these servers. */
async function channelsOf(ports: readonly number[]): Promise<string[]> {
  const found = await Promise.all(
    ports.map(async (port) => {
      const client = new Redis({ port, protocol: 2 });
      const names = await Promise.all([client.pubsub('CHANNELS'), client.pubsub('SHARDCHANNELS')]);
      client.disconnect();
      return names.flat() as string[];
    }),
  );
  return found.flat();
}

function openStore(url: string, namespace: string): RedisStore {
  const address = addressOfUrl(url);
  const store = new RedisStore({ address, namespace, timeoutMs: 10_000, warn: () => {} });
  onTestFinished(() => store.close());
  return store;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Counts calls, and lets a test wait for the next one. */
class Bell {
  count = 0;
  #next = deferred();
  ring = (): void => {
    this.count += 1;
    this.#next.resolve();
    this.#next = deferred();
  };
  next(): Promise<void> {
    return this.#next.promise;
  }
}

const eventData = { deploymentId: 'deployment', workflowName: 'flow', input: 1 };
const started = { eventType: 'run_started', eventData } as const;
const wait = (correlationId: string) =>
  ({ eventType: 'wait_created', correlationId, eventData: { resumeAt: new Date(0) } }) as const;

describe.each(places)('notifications on %s', (_, url, ports) => {
  test('every append and the removal of a run are told to other instances, and to listeners of that run only', async () => {
    const namespace = createRunId();
    const listening = openStore(url, namespace);
    const world = worldOf(openStore(url, namespace));
    const [runId, other] = [createRunId(), createRunId()];
    for (const one of [runId, other]) await world.events.create(one, started);
    const [bell, otherBell] = [new Bell(), new Bell()];
    // The first call comes when the channel is listened to.
    const ready = [bell.next(), otherBell.next()];
    const end = listening.subscribe(runId, bell.ring);
    listening.subscribe(other, otherBell.ring);
    await Promise.all(ready);
    for (let i = 0; i < 5; i += 1) {
      const told = bell.next();
      await world.events.create(runId, wait(`wait-${i}`));
      await told;
    }
    const ended = bell.next();
    await world.events.create(runId, { eventType: 'run_completed', eventData: {} });
    await ended;
    const removed = bell.next();
    await world.prune({ olderThan: new Date(Date.now() + 60_000) });
    await removed;
    // Once or twice when its channel is opened, and never for the seven changes of the other run.
    expect(otherBell.count).toBeLessThan(3);
    // Nobody listens any more: what the other channel brings is the proof that this one brings nothing.
    end();
    const before = bell.count;
    const told = otherBell.next();
    await world.events.create(runId, started);
    await world.events.create(other, wait('wait'));
    await told;
    expect(bell.count).toBe(before);
  });

  test('1,000 listeners that come and go leave nothing behind', async () => {
    const store = openStore(url, createRunId());
    const runIds = Array.from({ length: 100 }, createRunId);
    const bell = new Bell();
    const first = bell.next();
    const ends = Array.from({ length: 1000 }, (__, i) =>
      store.subscribe(runIds[i % runIds.length] ?? '', bell.ring),
    );
    await first;
    expect(await channelsOf(ports)).not.toEqual([]);
    for (const end of ends) end();
    await expect.poll(() => channelsOf(ports)).toEqual([]);
  });
});
