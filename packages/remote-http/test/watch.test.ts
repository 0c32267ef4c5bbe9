import { createRunId, type World } from '@world/contract';
import { createWorld as createMemoryWorld } from '@world/memory';
import { serve } from '@world/remote-http/server';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readFrames } from '../src/frames.js';
import { liveChanges } from '../src/server/live-changes.js';
import { call } from './attack.js';
import { openWorld, served } from './given.js';
import { HttpProxy } from './http-proxy.js';
import { printedSeed, seededRandom } from './seeded-random.js';

const NAME = 'stream';
vi.setConfig({ testTimeout: 120_000 });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A world in memory that counts who listens to its streams and messages. */
function counted(): { world: World; listeners: () => number } {
  const world = createMemoryWorld({ url: 'memory:', namespace: `watch-${crypto.randomUUID()}` });
  onTestFinished(() => world.close());
  let listeners = 0;
  const counting = (unsubscribe: () => void): (() => void) => {
    listeners += 1;
    let isThere = true;
    return () => {
      if (isThere) listeners -= 1;
      isThere = false;
      unsubscribe();
    };
  };
  const chunks: World['chunks'] = {
    ...world.chunks,
    subscribe: (name, onChange) => counting(world.chunks.subscribe(name, onChange)),
  };
  const messages: World['messages'] = {
    ...world.messages,
    subscribe: (onDue) => counting(world.messages.subscribe(onDue)),
  };
  return {
    world: { ...world, chunks, messages, close: async () => {} },
    listeners: () => listeners,
  };
}

async function servedBy(world: World, options = {}): Promise<string> {
  const server = await serve(() => world, options);
  onTestFinished(() => server.stop());
  return server.url;
}

/** A watch as the server answers it. */
async function openWatch(url: string, body: object = {}, headers = {}) {
  const ending = new AbortController();
  const response = await fetch(`${url}/v1/watch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: ending.signal,
  });
  return { response, leave: () => ending.abort() };
}

test('1,000 readers of a stream on one client are one watch, which ends with the last of them', async () => {
  const { world, listeners } = counted();
  const url = await servedBy(world);
  let watches = 0;
  const client = openWorld({
    url,
    fetch: (...args) => {
      if (String(args[0]).endsWith('/v1/watch')) watches += 1;
      return fetch(...args);
    },
  });
  const runId = createRunId();
  const readers = await Promise.all(
    Array.from({ length: 1000 }, async () => (await client.readFromStream(NAME)).getReader()),
  );
  const first = readers.map((reader) => reader.read());
  await expect.poll(listeners).toBe(1);
  await world.writeToStream(NAME, runId, 'a');
  for (const { value } of await Promise.all(first)) expect(value).toEqual(Uint8Array.of(97));
  expect(watches).toBe(1);
  await Promise.all(readers.map((reader) => reader.cancel()));
  await expect.poll(listeners).toBe(0);
});

test('watches count towards the limit of live requests; a client that leaves makes room', async () => {
  const { world, listeners } = counted();
  const url = await servedBy(world, { liveLimit: 1 });
  const first = await openWatch(url, { stream: NAME });
  expect(first.response.status).toBe(200);
  const second = await openWatch(url);
  expect(second.response.status).toBe(429);
  first.leave();
  await expect.poll(listeners).toBe(0);
  await expect.poll(async () => (await openWatch(url)).response.status).toBe(200);
});

test('a server that stops ends its watches', async () => {
  const { world, listeners } = counted();
  const server = await serve(() => world);
  const { response } = await openWatch(server.url);
  await expect.poll(listeners).toBe(1);
  await server.stop();
  for await (const _ of response.body ?? []);
  expect(listeners()).toBe(0);
});

test('what is no stream is refused, and nothing listens then', async () => {
  const { world, listeners } = counted();
  const url = await servedBy(world);
  for (const stream of ['', 7, null, 'a\u0000', 'x'.repeat(2000)]) {
    const { status, body } = await call(url, 'watch', { stream });
    expect([status, body.error?.code]).toEqual([400, 'INVALID_ARGUMENT']);
  }
  expect((await call(url, 'watch', { name: 'a' })).status).toBe(400);
  expect(listeners()).toBe(0);
});

test('a token that only reads watches and lists, and does nothing to messages; it gets no secret', async () => {
  const tokens = [{ token: 'reads', namespace: 'a', readOnly: true }];
  const { url } = await served({ tokens });
  const headers = { ...bearer('reads'), 'world-namespace': 'a' };
  const watch = await openWatch(url, {}, headers);
  expect(watch.response.status).toBe(200);
  watch.leave();
  expect((await openWatch(url, {}, bearer('reads'))).response.status).toBe(403);
  expect((await openWatch(url)).response.status).toBe(401);
  const range = { name: NAME, from: 0, limit: 1, maxBytes: 1 };
  for (const [name, args] of [
    ['messages.list', { params: { limit: 1 } }],
    ['chunks.read', { range }],
    ['chunks.state', { name: NAME }],
  ] as const) {
    expect((await call(url, name, args, headers)).status, name).toBe(200);
  }
  const claim = { messageId: 'm', token: 't' };
  for (const [name, args] of [
    ['queue', { queueName: '__wkf_workflow_w', message: { runId: 'r' } }],
    ['messages.enqueue', { message: {} }],
    ['messages.claim', { request: { topic: 'step', limit: 1, leaseMs: 1, token: 't' } }],
    ['messages.extend', { claims: [claim], leaseMs: 1 }],
    ['messages.settle', { claim, settlement: { kind: 'done' } }],
    ['messages.redrive', {}],
    ['messages.secret', {}],
    ['chunks.write', { write: {} }],
  ] as const) {
    expect((await call(url, name, args, headers)).status, name).toBe(403);
  }
});

test('changes that nobody has read of yet are one frame', async () => {
  const { world } = counted();
  const signal = new AbortController().signal;
  const stream = liveChanges(world, { stream: NAME }, { signal, onEnd: () => {} });
  for (let i = 0; i < 100; i += 1) await world.writeToStream(NAME, createRunId(), 'a');
  const frames = readFrames(stream);
  const lengths = [await frames.next(), await frames.next()].map(
    ({ value }) => value?.length ?? -1,
  );
  // A sign of life, and that something has changed.
  expect(lengths).toEqual([0, expect.any(Number)]);
  expect(lengths[1]).toBeGreaterThan(0);
  const third = frames.next();
  await world.writeToStream(NAME, createRunId(), 'b');
  expect((await third).value?.length).toBe(lengths[1]);
  await frames.return(undefined);
});

test('a reader whose connections are cut while chunks are written gets each of them once, in order', async () => {
  const random = seededRandom(printedSeed('200 chunks read through cuts'));
  const { world } = counted();
  const proxy = await HttpProxy.start(await servedBy(world));
  onTestFinished(() => proxy.stop());
  const client = openWorld({ url: proxy.url, retries: 50 });
  const seen: number[] = [];
  const reading = (async () => {
    for await (const chunk of await client.readFromStream(NAME)) seen.push(...chunk);
  })();
  const runId = createRunId();
  let cuts = 0;
  for (let i = 0; i < 200; i += 1) {
    await world.writeToStream(NAME, runId, Uint8Array.of(i));
    if (random() < 0.15) {
      // A line that is up is cut, not only one that is being made.
      await expect.poll(() => proxy.open).toBeGreaterThan(0);
      proxy.cutAll();
      cuts += 1;
    }
  }
  await world.closeStream(NAME, runId);
  await reading;
  expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => i));
  expect(cuts).toBeGreaterThan(10);
});

test('what came while a watch was down is told of when it comes up, before anybody looks by himself', async () => {
  const { world, listeners } = counted();
  const url = await servedBy(world);
  let comeUp = (): void => {};
  const isUp = new Promise<void>((resolve) => {
    comeUp = resolve;
  });
  const client = openWorld({
    url,
    fetch: async (...args) => {
      if (String(args[0]).endsWith('/v1/watch')) await isUp;
      return fetch(...args);
    },
  });
  const reader = (await client.readFromStream(NAME)).getReader();
  const reads = vi.spyOn(world.chunks, 'read');
  const reading = reader.read();
  // One read before it listens, and one then.
  await expect.poll(() => reads.mock.calls.length).toBe(2);
  const since = performance.now();
  await world.writeToStream(NAME, createRunId(), 'a');
  expect(listeners()).toBe(0);
  comeUp();
  expect((await reading).value).toEqual(Uint8Array.of(97));
  // It looks every 5 s.
  expect(performance.now() - since).toBeLessThan(4500);
  await reader.cancel();
});

test('nothing is left of a watch: not when its client leaves, not when the server ends it before it has begun', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { world, listeners } = counted();
  const ending = new AbortController();
  const onEnd = vi.fn();
  const options = { signal: ending.signal, onEnd };
  const timers = vi.getTimerCount();
  for (const watched of [{}, { stream: NAME }]) {
    const stream = liveChanges(world, watched, options);
    expect([listeners(), vi.getTimerCount()]).toEqual([1, timers + 1]);
    await stream.cancel();
    expect([listeners(), vi.getTimerCount()]).toEqual([0, timers]);
  }
  ending.abort();
  const late = liveChanges(world, {}, options);
  expect([listeners(), vi.getTimerCount(), onEnd.mock.calls.length]).toEqual([0, timers, 3]);
  for await (const _ of late);
});
