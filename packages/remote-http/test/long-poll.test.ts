import { getEventListeners } from 'node:events';
import { request } from 'node:http';
import type { Event, World } from '@world/contract';
import { createWorld as createMemoryWorld } from '@world/memory';
import { type ServedWorlds, type ServeOptions, serve } from '@world/remote-http/server';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { LiveSlots } from '../src/server/live-slots.js';
import { pollEvents } from '../src/server/long-poll.js';
import { type Answer, call } from './attack.js';
import { describedBy } from './described.js';
import { newRun, waitCreated } from './given.js';

interface Page {
  readonly data: readonly Event[];
  readonly cursor: string;
  readonly hasMore: boolean;
}

/** A world in memory that counts its lists of events, and its followers that are there. */
function watched(): { world: World; lists: () => number; followers: () => number } {
  const world = createMemoryWorld({ url: 'memory:', namespace: `poll-${crypto.randomUUID()}` });
  let lists = 0;
  let followers = 0;
  const list: World['events']['list'] = (params) => {
    lists += 1;
    return world.events.list(params);
  };
  async function* follow(params: Parameters<World['events']['follow']>[0]) {
    followers += 1;
    try {
      yield* world.events.follow(params);
    } finally {
      followers -= 1;
    }
  }
  onTestFinished(() => world.close());
  const events = { ...world.events, list, follow };
  return { world: { ...world, events }, lists: () => lists, followers: () => followers };
}

interface Given extends ReturnType<typeof watched> {
  readonly server: ServedWorlds;
  readonly runId: string;
  /** Behind the two events of the run. */
  readonly tail: string;
  /** Asks for what comes behind the tail. */
  poll(args?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

async function given(options: ServeOptions = {}): Promise<Given> {
  const { world, ...counts } = watched();
  const server = await serve(() => ({ ...world, close: async () => {} }), options);
  onTestFinished(() => server.stop());
  const runId = await newRun(world);
  const { cursor } = await world.events.list({ runId });
  const tail = cursor ?? '';
  const params = { runId, pagination: { cursor: tail } };
  const poll = (args = {}, headers = {}): Promise<Answer> =>
    call(server.url, 'events.poll', { params, ...args }, headers);
  return { world, ...counts, server, runId, tail, poll };
}

const pageOf = ({ body }: Answer): Page => body.value as Page;
const seqsOf = (answer: Answer): number[] => pageOf(answer).data.map(({ seq }) => seq);

describe('a poll', () => {
  test('is answered at once while there are events behind its cursor, and as the document says', async () => {
    const { server, runId, tail, followers } = await given();
    const described = await describedBy(server.url);
    const first = await described.call('events.poll', {
      params: { runId, resolveData: 'none', pagination: { limit: 1 } },
    });
    expect(first).toMatchObject({ data: [{ seq: 1 }], hasMore: true });
    const pagination = { cursor: first.cursor };
    const second = await described.call('events.poll', { params: { runId, pagination } });
    expect(second).toMatchObject({ data: [{ seq: 2 }], cursor: tail, hasMore: false });
    const behind = { params: { runId, pagination: { cursor: tail } }, waitMs: 0 };
    expect(await described.call('events.poll', behind)).toEqual({
      data: [],
      cursor: tail,
      hasMore: false,
    });
    expect(followers()).toBe(0);
  });

  test('is held until events are committed, and gives all of a batch; the log is not asked meanwhile', async () => {
    const { world, runId, poll, lists, followers } = await given();
    const before = lists();
    const held = poll();
    await expect.poll(followers).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(lists()).toBe(before + 1);
    await world.events.createBatch(runId, [waitCreated('a'), waitCreated('b'), waitCreated('c')]);
    const answer = await held;
    expect(seqsOf(answer)).toEqual([3, 4, 5]);
    expect(pageOf(answer).data[0]).toHaveProperty('eventData');
    expect([lists(), followers()]).toEqual([before + 2, 0]);
  });

  test('gives an empty page after `waitMs`, from whose cursor it goes on', async () => {
    const { world, runId, poll, followers } = await given();
    const started = performance.now();
    const answer = await poll({ waitMs: 300 });
    // Timers may be early by a ms.
    expect(performance.now() - started).toBeGreaterThan(298);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(followers()).toBe(0);
    expect(pageOf(answer)).toMatchObject({ data: [], hasMore: false });
    await world.events.create(runId, waitCreated('next'));
    const pagination = { cursor: pageOf(answer).cursor };
    expect(seqsOf(await poll({ params: { runId, pagination } }))).toEqual([3]);
  });

  test('gives an empty page at once when the server stops', async () => {
    const { server, poll, tail, followers } = await given();
    const held = Array.from({ length: 5 }, () => poll({ waitMs: 25_000 }));
    await expect.poll(followers).toBe(5);
    const started = performance.now();
    await server.stop();
    for (const answer of await Promise.all(held)) {
      expect(answer.status).toBe(200);
      expect(pageOf(answer)).toEqual({ data: [], cursor: tail, hasMore: false });
    }
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(followers()).toBe(0);
  });

  test('ends when its client goes away, and makes room', async () => {
    const { server, runId, tail, poll, followers } = await given({ liveLimit: 1 });
    const leaving = request(`${server.url}/v1/events.poll`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    leaving.on('error', () => {});
    leaving.end(JSON.stringify({ params: { runId, pagination: { cursor: tail } } }));
    await expect.poll(followers).toBe(1);
    const refused = await poll({ waitMs: 0 });
    expect([refused.status, refused.body.error?.code]).toEqual([429, 'THROTTLED']);
    expect(refused.headers['retry-after']).toBe('5');
    expect((await call(server.url, 'events.follow', { params: { runId } })).status).toBe(429);
    leaving.destroy();
    await expect.poll(followers).toBe(0);
    for (let i = 0; i < 3; i += 1) expect((await poll({ waitMs: 0 })).status).toBe(200);
  });

  test('holds nothing of its body', async () => {
    const { world, runId, tail, poll, followers } = await given({ bodyMemoryBytes: 1000 });
    const params = { runId, pagination: { cursor: tail }, more: 'x'.repeat(600) };
    const held = Array.from({ length: 1 }, () => poll({ params }));
    await expect.poll(followers).toBe(1);
    held.push(poll({ params }));
    await expect.poll(followers).toBe(2);
    await world.events.create(runId, waitCreated('next'));
    for (const answer of await Promise.all(held)) expect(seqsOf(answer)).toEqual([3]);
  });

  test('may be made by who may read, of the own namespace only', async () => {
    const tokens = [
      { token: 'all' },
      { token: 'reads', readOnly: true },
      { token: 'of-a', namespace: 'a' },
    ];
    const { poll } = await given({ tokens });
    const statusOf = async (token: string, namespace = 'default') => {
      const headers = { authorization: `Bearer ${token}`, 'world-namespace': namespace };
      return (await poll({ waitMs: 0 }, headers)).status;
    };
    expect(await statusOf('all')).toBe(200);
    expect(await statusOf('reads')).toBe(200);
    expect(await statusOf('of-a')).toBe(403);
    expect(await statusOf('of-a', 'a')).toBe(200);
    expect(await statusOf('none')).toBe(401);
    const reading = await given({ readOnly: true });
    expect((await reading.poll({ waitMs: 0 })).status).toBe(200);
  });

  test.for<[string, object, string]>([
    ['below 0', { waitMs: -1 }, 'waitMs'],
    ['too large', { waitMs: 25_001 }, 'waitMs'],
    ['no integer', { waitMs: 1.5 }, 'waitMs'],
    ['text', { waitMs: '5' }, 'waitMs'],
    ['null', { waitMs: null }, 'waitMs'],
    ['a list', { waitMs: [1] }, 'waitMs'],
    ['missing params', { params: undefined }, 'params'],
    ['params without a run', { params: {} }, 'runId'],
    ['a page of none', { params: { runId: 'r', pagination: { limit: 0 } } }, 'pagination.limit'],
    ['a bad cursor', { params: { runId: 'r', pagination: { cursor: '!' } } }, 'pagination.cursor'],
    [
      'the other order',
      { params: { runId: 'r', pagination: { sortOrder: 'desc' } } },
      'pagination.sortOrder',
    ],
    ['an unknown argument', { wait: 5 }, 'wait'],
  ])('with %s is refused, and takes no place', async ([, args, field]) => {
    const { poll } = await given({ liveLimit: 1 });
    for (let i = 0; i < 2; i += 1) {
      const { status, body } = await poll(args);
      expect([status, body.error?.code]).toEqual([400, 'INVALID_ARGUMENT']);
      expect(body.error?.details?.field).toBe(field);
    }
    expect((await poll({ waitMs: 0 })).status).toBe(200);
  });

  test('of a run that is none, or is removed meanwhile, is answered as the list is', async () => {
    const { world, server, runId, tail, poll, followers } = await given();
    const none = await poll({ params: { runId: 'none' } });
    expect([none.status, none.body.error?.code]).toEqual([404, 'RUN_NOT_FOUND']);
    const held = poll();
    await expect.poll(followers).toBe(1);
    await world.deleteNamespace();
    const removed = await held;
    const params = { runId, pagination: { cursor: tail } };
    const listed = await call(server.url, 'events.list', { params });
    expect([removed.status, removed.body]).toEqual([listed.status, listed.body]);
    expect(removed.body.error?.code).toBe('INVALID_ARGUMENT');
  });
});

describe('nothing is left behind', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('however a poll ends: no timer, no listener, no follower', async () => {
    const { world, followers } = watched();
    const runId = await newRun(world);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const ends: readonly ((client: AbortController) => unknown)[] = [
      (client) => client.abort(),
      () => vi.advanceTimersByTimeAsync(5000),
      () => world.events.create(runId, waitCreated('next')),
      () => world.deleteNamespace(),
    ];
    for (const end of ends) {
      const { cursor } = await world.events.list({ runId });
      const client = new AbortController();
      const slots = new LiveSlots(1);
      const slot = slots.take(client.signal);
      const pagination = { cursor: cursor ?? undefined };
      const poll = pollEvents(world, { params: { runId, pagination }, waitMs: 5000 }, slot.signal);
      const ended = poll.catch((error: unknown) => error).finally(slot.release);
      await expect.poll(followers).toBe(1);
      await end(client);
      // The world looks by itself, too.
      await vi.advanceTimersByTimeAsync(2000);
      await ended;
      expect([followers(), vi.getTimerCount()]).toEqual([0, 0]);
      expect(getEventListeners(client.signal, 'abort')).toEqual([]);
      expect(getEventListeners(slot.signal, 'abort')).toEqual([]);
      slots.take(client.signal).release();
      expect(getEventListeners(client.signal, 'abort')).toEqual([]);
    }
  });
});
