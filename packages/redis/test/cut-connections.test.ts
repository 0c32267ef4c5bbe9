import type { World } from '@world/contract';
import { startRedis } from '@world/redis-servers';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  correlationIdsOf,
  newRun,
  openWorld,
  readDenseLog,
  refusalOf,
  waitCreated,
} from './given.js';
import { printedSeed, seededRandom } from './seeded-random.js';
import { type CutPoint, TcpProxy } from './tcp-proxy.js';

const POINTS: readonly CutPoint[] = [
  'before-request',
  'after-request',
  'before-reply',
  'amid-reply',
];

const server = await startRedis();
const proxy = await TcpProxy.start(server.port);
afterAll(async () => {
  proxy.stop();
  await server.stop();
});
beforeEach(() => {
  proxy.decide = () => 'pass';
});

/** A run of a world behind the proxy, and the same run without the proxy. */
async function runBehindProxy(
  timeoutMs = 5000,
): Promise<{ world: World; direct: World; runId: string }> {
  const world = openWorld({ url: proxy.url, timeoutMs });
  const direct = openWorld({ url: server.url });
  const runId = await newRun(world);
  // The scripts are known to the server then, so that a request is the text that is cut at.
  await world.events.create(runId, waitCreated('first'));
  return { world, direct, runId };
}

/** Cuts at the next request with a text, makes the call, and checks that it was cut. */
async function cutDuring<T>(text: string, point: CutPoint, call: () => Promise<T>): Promise<T> {
  const { cut } = proxy.count;
  proxy.cutNext(text, point);
  try {
    return await call();
  } finally {
    expect(proxy.count.cut, `cut ${point}`).toBe(cut + 1);
  }
}

describe('a connection that is cut', () => {
  test('an append with a key resolves, and is in the log once: 100 cuts', async () => {
    const { world, direct, runId } = await runBehindProxy();
    const random = seededRandom(printedSeed('100 cuts'));
    const ids: string[] = [];
    for (let i = 0; i < 100; i += 1) {
      const id = `cut-${i}`;
      const point = POINTS[Math.floor(random() * POINTS.length)] ?? 'before-reply';
      const { event } = await cutDuring(id, point, () =>
        world.events.create(runId, waitCreated(id), { idempotencyKey: id }),
      );
      ids.push(id);
      expect(event, point).toMatchObject({ correlationId: id, seq: 2 + ids.length });
    }
    expect(correlationIdsOf(await readDenseLog(direct, runId)).slice(2)).toEqual(ids);
  });

  test('a batch with a key is in the log once', async () => {
    const { world, direct, runId } = await runBehindProxy();
    for (const point of POINTS) {
      const batch = [waitCreated(`${point}-1`), waitCreated(`${point}-2`)];
      const { results } = await cutDuring(`${point}-1`, point, () =>
        world.events.createBatch(runId, batch, { idempotencyKey: point }),
      );
      expect(results.map(({ event }) => event?.correlationId)).toEqual([
        `${point}-1`,
        `${point}-2`,
      ]);
    }
    expect(await readDenseLog(direct, runId)).toHaveLength(2 + 2 * POINTS.length);
  });

  test.each(POINTS)(
    '%s, an append without a key is STORE_UNAVAILABLE and is not repeated',
    async (point) => {
      const { world, direct, runId } = await runBehindProxy();
      const calm = `calm-${point}`;
      await world.events.create(runId, waitCreated(calm));
      const once = proxy.countOf(calm);
      const length = 3;
      const lost = waitCreated(`lost-${point}`);
      const call = () => refusalOf(world.events.create(runId, lost));
      const error = await cutDuring(lost.correlationId, point, call);
      expect(error).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('the connection was lost before the answer came'),
      });
      expect(proxy.countOf(lost.correlationId)).toBe(once);

      // What a caller does then: looks, and writes again under a key what is not there.
      const again = { idempotencyKey: `retry-${point}` };
      const isThere = (): Promise<boolean> =>
        readDenseLog(direct, runId).then((log) => log.length > length);
      if (point === 'before-request') {
        expect(await isThere()).toBe(false);
        await cutDuring(again.idempotencyKey, 'before-reply', () =>
          world.events.create(runId, lost, again),
        );
      } else {
        await expect.poll(isThere).toBe(true);
      }
      expect(correlationIdsOf(await readDenseLog(direct, runId)).slice(length)).toEqual([
        lost.correlationId,
      ]);
    },
  );

  test('reads are repeated, and nobody notices', async () => {
    const { world, direct, runId } = await runBehindProxy();
    const hook = {
      eventType: 'hook_created',
      correlationId: 'hook',
      eventData: { token: 'token' },
    } as const;
    await world.events.create(runId, hook);
    const reads: readonly (readonly [string, (from: World) => Promise<unknown>])[] = [
      [runId, (from) => from.runs.get(runId)],
      [runId, (from) => from.events.list({ runId })],
      [runId, (from) => from.waits.list({ runId })],
      [runId, (from) => from.hooks.list({ runId })],
      ['claims', (from) => from.hooks.getByToken('token')],
      ['index', (from) => from.runs.list()],
    ];
    for (const [text, read] of reads) {
      for (const point of POINTS) {
        expect(await cutDuring(text, point, () => read(world))).toEqual(await read(direct));
      }
    }
  });

  test('prune is repeated', async () => {
    const { world, direct, runId } = await runBehindProxy();
    await world.events.create(runId, { eventType: 'run_cancelled' });
    const all = { olderThan: new Date(Date.now() + 60_000) };
    await cutDuring('index', 'before-reply', () => world.prune(all));
    expect(await refusalOf(direct.runs.get(runId))).toMatchObject({ code: 'RUN_NOT_FOUND' });
  });
});

describe('an answer that does not come', () => {
  test('is STORE_UNAVAILABLE after timeoutMs; the same key resolves with the event later', async () => {
    const { world, direct, runId } = await runBehindProxy(300);
    proxy.hold();
    onTestFinished(() => proxy.release());
    const started = performance.now();
    const write = () => world.events.create(runId, waitCreated('held'), { idempotencyKey: 'held' });
    const unkeyed = refusalOf(world.events.create(runId, waitCreated('unkeyed')));
    const errors = await Promise.all([
      refusalOf(write()),
      unkeyed,
      refusalOf(world.runs.get(runId)),
    ]);
    const tookMs = performance.now() - started;
    for (const error of errors) expect(error.code).toBe('STORE_UNAVAILABLE');
    expect(tookMs).toBeGreaterThan(290);
    expect(tookMs).toBeLessThan(3000);
    proxy.release();
    expect((await write()).event).toMatchObject({ correlationId: 'held' });
    const ids = correlationIdsOf(await readDenseLog(direct, runId)).slice(2);
    expect([...ids].sort()).toEqual(['held', 'unkeyed']);
  });
});

describe('a follower', () => {
  test('goes on after its connections were cut, misses nothing, and is told again', async () => {
    const { world, direct, runId } = await runBehindProxy();
    const subscriptions = proxy.countOf('subscribe\r\n');
    const got: (string | undefined)[] = [];
    const following = (async () => {
      for await (const event of world.events.follow({ runId })) {
        got.push(...correlationIdsOf([event]));
        if (got.at(-1) === 'last') return;
      }
    })();
    const expected: (string | undefined)[] = [undefined, 'first'];
    for (let round = 1; round <= 5; round += 1) {
      await expect.poll(() => proxy.countOf('subscribe\r\n')).toBe(subscriptions + round);
      const told = proxy.countOf('message\r\n', 'server');
      for (const id of [`${round}-a`, `${round}-b`, `${round}-c`]) {
        await direct.events.create(runId, waitCreated(id));
        expected.push(id);
      }
      // Told, not found by looking: a message for each has come through.
      await expect.poll(() => proxy.countOf('message\r\n', 'server')).toBe(told + 3);
      proxy.cutAll();
      await direct.events.create(runId, waitCreated(`${round}-cut`));
      expected.push(`${round}-cut`);
    }
    await direct.events.create(runId, waitCreated('last'));
    await following;
    expect(got).toEqual([...expected, 'last']);
  });
});
