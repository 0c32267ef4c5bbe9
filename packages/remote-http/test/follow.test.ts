import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event, World } from '@world/contract';
import { serve } from '@world/remote-http/server';
import { createWorld as createSqliteWorld } from '@world/sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { newRun, openWorld, served, waitCreated } from './given.js';
import { type Fault, HttpProxy } from './http-proxy.js';
import { refusalOf } from './refusal-of.js';
import { printedSeed, seededRandom } from './seeded-random.js';

const EVENTS = 500;

const collect = async (events: AsyncIterable<Event>, count: number): Promise<Event[]> => {
  const taken: Event[] = [];
  for await (const event of events) if (taken.push(event) === count) break;
  return taken;
};

const seqs = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

async function proxied(url: string): Promise<HttpProxy> {
  const proxy = await HttpProxy.start(url);
  onTestFinished(() => proxy.stop());
  return proxy;
}

const append = async (world: World, runId: string, from: number, to: number): Promise<void> => {
  for (let i = from; i <= to; i += 1) await world.events.create(runId, waitCreated(`w-${i}`));
};

describe('a follower', () => {
  test('sees each of 500 events once and in order while its connections are cut at random', async () => {
    const random = seededRandom(printedSeed('500 events followed through cuts'));
    const { url } = await served();
    const direct = openWorld({ url });
    const proxy = await proxied(url);
    const faults: readonly Fault[] = ['none', 'none', 'none', 'cut-before-send', 'cut-mid-request'];
    proxy.decide = () => faults[Math.floor(random() * faults.length)] ?? 'none';
    const runId = await newRun(direct);
    const world = openWorld({ url: proxy.url, retries: 50 });
    const seen = collect(world.events.follow({ runId }), EVENTS);
    let cuts = 0;
    for (let i = 3; i <= EVENTS; i += 1) {
      await append(direct, runId, i, i);
      if (random() < 0.05) {
        proxy.cutAll();
        cuts += 1;
        // A line is up again most of the time.
        if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, 80));
      }
    }
    expect((await seen).map(({ seq }) => seq)).toEqual(seqs(EVENTS));
    const requests = [...proxy.count.values()].reduce((sum, n) => sum + n, 0);
    console.log(`follower: ${EVENTS} events once each, ${cuts} cuts, ${requests} requests`);
    expect(cuts).toBeGreaterThan(5);
  });

  test('goes on after a restart of the server, on the same port', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'world-follow-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = `sqlite:${join(folder, 'world.db')}`;
    const start = (port: number) =>
      serve((namespace) => createSqliteWorld({ url: file, namespace }), { port });
    const first = await start(0);
    const world = openWorld({ url: first.url, retries: 10 });
    const runId = await newRun(world);
    const seen = collect(world.events.follow({ runId }), 20);
    await append(world, runId, 3, 10);
    const started = performance.now();
    await first.stop();
    expect(performance.now() - started).toBeLessThan(10_000);
    const second = await start(Number(new URL(first.url).port));
    onTestFinished(() => second.stop());
    await append(world, runId, 11, 20);
    expect((await seen).map(({ seq }) => seq)).toEqual(seqs(20));
  });

  test.for(['auto', 'poll'] as const)(
    'live: %s sees all where responses are kept back until they end',
    async (live) => {
      const { url } = await served();
      const direct = openWorld({ url });
      const proxy = await proxied(url);
      proxy.decide = () => 'buffer';
      const runId = await newRun(direct);
      const seen = collect(openWorld({ url: proxy.url, live }).events.follow({ runId }), 30);
      await append(direct, runId, 3, 30);
      expect((await seen).map(({ seq }) => seq)).toEqual(seqs(30));
    },
  );

  test.for(['stream', 'poll'] as const)(
    'live: %s ends by its signal, and with WORLD_CLOSED',
    async (live) => {
      const world = openWorld({ url: (await served()).url, live });
      const runId = await newRun(world);
      const aborting = new AbortController();
      const aborted = world.events.follow({ runId, signal: aborting.signal });
      const closed = world.events.follow({ runId });
      for (const events of [aborted, closed]) {
        expect((await events.next()).value?.seq).toBe(1);
        expect((await events.next()).value?.seq).toBe(2);
      }
      const waiting = aborted.next();
      aborting.abort();
      expect(await waiting).toEqual({ value: undefined, done: true });
      const refused = refusalOf(closed.next());
      await world.close();
      expect((await refused).code).toBe('WORLD_CLOSED');
    },
  );

  test.for(['stream', 'poll'] as const)(
    'live: %s throws for a cursor that is none, and ends when the run is removed',
    async (live) => {
      const world = openWorld({ url: (await served()).url, live });
      const runId = await newRun(world);
      const bad = world.events.follow({ runId, cursor: 'none' });
      expect((await refusalOf(bad.next())).code).toBe('INVALID_ARGUMENT');
      const events = world.events.follow({ runId });
      await events.next();
      await events.next();
      const waiting = events.next();
      await world.deleteNamespace();
      expect(await waiting).toEqual({ value: undefined, done: true });
    },
  );

  test('is told that no server is there, once it has tried', async () => {
    const server = await served();
    const world = openWorld({ url: server.url, retries: 2 });
    await server.stop();
    const error = await refusalOf(world.events.follow({ runId: 'wrun_x' }).next());
    expect(error.code).toBe('STORE_UNAVAILABLE');
  });

  test('leaves no connection behind: 300 are opened and cancelled', async () => {
    const { url } = await served({ liveLimit: 60 });
    const proxy = await proxied(url);
    const world = openWorld({ url: proxy.url });
    const runId = await newRun(world);
    for (let round = 0; round < 6; round += 1) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const events = world.events.follow({ runId });
          await events.next();
          if (i % 2 === 0) await events.next();
          await events.return?.(undefined);
        }),
      );
      await expect.poll(() => proxy.open).toBe(0);
    }
    // The server counts them too: not one of its 60 places is taken.
    const all = Array.from({ length: 60 }, () => world.events.follow({ runId }));
    await Promise.all(all.map((events) => events.next()));
    await Promise.all(all.map((events) => events.return?.(undefined)));
  });
});
