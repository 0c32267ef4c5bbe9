import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWorld, type MessageStore, type QueueSettings, type World } from '@world/contract';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { MemoryState } from '../src/memory-state.js';
import { MemoryStore } from '../src/memory-store.js';
import { override } from './broken-worlds/broken-world.js';

/** What the suite cannot see from outside: stores that hang or fail, clocks that are set back, apps that refuse. */

async function openApp(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A world in memory whose messages are changed somewhere. */
function openWorld(
  queue: QueueSettings,
  change: (messages: MessageStore) => Partial<MessageStore> = () => ({}),
  clock?: () => number,
): World {
  const store = new MemoryStore({ state: new MemoryState(clock) });
  const messages = override<MessageStore>(store.messages, change(store.messages));
  const world = createWorld(override(store, { messages }), {
    queue: { onProblem: () => {}, ...queue },
  });
  onTestFinished(() => world.close());
  return world;
}

async function addSteps(
  world: World,
  count: number,
  options: Parameters<World['queue']>[2] = {},
): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const ids = { workflowName: 'w', workflowRunId: `run-${i}`, stepId: `step-${i}` };
    await world.queue('__wkf_step_s', { ...ids, workflowStartedAt: 0 }, options);
  }
}

describe('an app that takes nothing', () => {
  test('is tried with one message at a time, and gets all once it does', async () => {
    let isUp = false;
    let refused = 0;
    const baseUrl = await openApp((request, response) => {
      request.resume();
      if (!isUp) refused += 1;
      response.writeHead(isUp ? 200 : 503).end('{"ok":true}');
    });
    const limits: number[] = [];
    const world = openWorld({ baseUrl, concurrency: 5 }, (messages) => ({
      claim(request) {
        if (request.topic === 'step' && refused > 0 && !isUp) limits.push(request.limit);
        return messages.claim(request);
      },
    }));
    await addSteps(world, 50);
    await world.start();
    await expect.poll(() => refused).toBeGreaterThanOrEqual(9);
    // Behind the first five, which were under way together.
    expect(new Set(limits)).toEqual(new Set([1]));
    isUp = true;
    await expect.poll(() => world.messages.list({ limit: 100 })).toEqual([]);
  });

  test('and takes its time to say so has few requests open', async () => {
    let open = 0;
    let most = 0;
    let refused = 0;
    const baseUrl = await openApp((request, response) => {
      request.resume();
      open += 1;
      if (refused >= 3) most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        refused += 1;
        response.writeHead(503).end();
      }, 1500);
    });
    const world = openWorld({ baseUrl, concurrency: 3 });
    await addSteps(world, 50);
    await world.start();
    await expect.poll(() => refused).toBeGreaterThanOrEqual(6);
    expect(most).toBeLessThanOrEqual(2);
  });

  test('may say retry-after: 0, and is not asked without a pause', async () => {
    let refused = 0;
    const baseUrl = await openApp((request, response) => {
      request.resume();
      refused += 1;
      response.writeHead(503, { 'retry-after': '0' }).end();
    });
    const delays: number[] = [];
    const world = openWorld({ baseUrl }, (messages) => ({
      settle(claim, settlement) {
        if (settlement.kind === 'later') delays.push(settlement.delayMs);
        return messages.settle(claim, settlement);
      },
    }));
    await addSteps(world, 1);
    await world.start();
    await expect.poll(() => refused).toBeGreaterThanOrEqual(3);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(100);
  });
});

test('a base URL that is none is no fault of messages', async () => {
  vi.stubEnv('WORKFLOW_LOCAL_BASE_URL', 'localhost:3000');
  onTestFinished(() => void vi.unstubAllEnvs());
  const problems: string[] = [];
  const world = openWorld({ onProblem: (problem) => problems.push(problem) });
  await addSteps(world, 1);
  await world.start();
  await expect.poll(() => problems.length).toBeGreaterThanOrEqual(2);
  expect(problems[0]).toContain('WORKFLOW_LOCAL_BASE_URL');
  expect(await world.messages.list({ limit: 1 })).toMatchObject([{ failures: 0 }]);
});

test('deliveries whose claims cannot be extended are given up when these run out, not later', async () => {
  const open = new Map<string, number>();
  let begun = 0;
  let most = 0;
  /** An app that never answers. */
  const hang = ((_, init) => {
    const id = new Headers(init?.headers).get('x-world-message-id') ?? '';
    const count = (by: number): number => {
      open.set(id, (open.get(id) ?? 0) + by);
      return open.get(id) ?? 0;
    };
    begun += 1;
    most = Math.max(most, count(1));
    return new Promise((_, reject) => {
      init?.signal?.addEventListener('abort', () => {
        count(-1);
        reject(init.signal?.reason);
      });
    });
  }) as typeof fetch;
  const queue = { baseUrl: 'http://localhost', fetch: hang, leaseMs: 400, drainMs: 0 };
  const world = openWorld({ ...queue, concurrency: 20 }, () => ({
    extend: async () => {
      throw new Error('the store is away');
    },
  }));
  // Whenever claims are extended, some began just after that.
  for (let i = 0; i < 10; i += 1) await addSteps(world, 1, { delaySeconds: i / 50 });
  await world.start();
  await expect.poll(() => begun).toBeGreaterThanOrEqual(30);
  expect(most).toBe(1);
});

test('what a claim brings after its lease is not delivered', async () => {
  let delivered = 0;
  const baseUrl = await openApp((request, response) => {
    request.resume();
    delivered += 1;
    response.end('{"ok":true}');
  });
  let slow = 0;
  const world = openWorld({ baseUrl, leaseMs: 200 }, (messages) => ({
    async claim(request) {
      const claimed = await messages.claim(request);
      if (claimed.messages.length > 0 && slow < 2) {
        slow += 1;
        await new Promise((resolve) => setTimeout(resolve, 300));
        expect(delivered).toBe(0);
      }
      return claimed;
    },
  }));
  await addSteps(world, 1);
  await world.start();
  await expect.poll(() => world.messages.list({ limit: 1 })).toEqual([]);
  expect([slow, delivered]).toEqual([2, 1]);
});

test.each(['late', 'never'])(
  'what would come %s, since it is too much for the line, is asked for in smaller parts',
  async (when) => {
    const baseUrl = await openApp((request, response) => {
      request.resume();
      response.end('{"ok":true}');
    });
    const world = openWorld({ baseUrl, leaseMs: 200, concurrency: 12 }, (messages) => ({
      async claim(request) {
        const claimed = await messages.claim(request);
        const ms = 70 * claimed.messages.length;
        await new Promise((resolve) => setTimeout(resolve, ms));
        if (when === 'never' && ms > 200) throw new Error('no answer within 200 ms');
        return claimed;
      },
    }));
    await addSteps(world, 12);
    await world.start();
    await expect.poll(() => world.messages.list({ limit: 1 })).toEqual([]);
  },
  40_000,
);

test('a clock that is set back makes no claim good again', async () => {
  let now = 1_000_000;
  const world = openWorld({}, undefined, () => now);
  const enqueue = (messageId: string, mergeable: boolean) =>
    world.messages.enqueue({
      messageId,
      queueName: '__wkf_workflow_w',
      topic: 'workflow',
      lane: 'lane',
      mergeable,
      data: Uint8Array.of(0xa0),
      delayMs: 0,
      onlyIfIdle: false,
    });
  const claim = (token: string) =>
    world.messages.claim({ topic: 'workflow', limit: 1, leaseMs: 1000, token });
  await enqueue('a', false);
  const [first] = (await claim('t1')).messages;
  await enqueue('b', false);
  now += 2000;
  const [second] = (await claim('t2')).messages;
  expect([first?.messageId, second?.messageId].sort()).toEqual(['a', 'b']);
  now -= 2500;
  const refs = [
    { messageId: first?.messageId ?? '', token: 't1' },
    { messageId: second?.messageId ?? '', token: 't2' },
  ];
  expect(await world.messages.extend(refs, 1000)).toEqual([false, true]);
});

test('removed messages are held no longer, however long they were delayed', async () => {
  const state = new MemoryState();
  const world = createWorld(new MemoryStore({ state }));
  onTestFinished(() => world.close());
  const refs: WeakRef<Uint8Array>[] = [];
  for (let i = 0; i < 500; i += 1) {
    const data = new Uint8Array(10_000);
    refs.push(new WeakRef(data));
    await state.messages.enqueue({
      messageId: `m${i}`,
      queueName: '__wkf_step_s',
      topic: 'step',
      mergeable: false,
      data,
      delayMs: 1e9,
      onlyIfIdle: false,
    });
  }
  await world.deleteNamespace();
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  await expect
    .poll(() => {
      collect();
      return refs.filter((ref) => ref.deref() !== undefined).length;
    })
    .toBeLessThan(100);
});
