import type { Event, World } from '@world/contract';
import { expect, test } from 'vitest';
import { decodeBody } from '../src/wire.js';
import { answering } from './answering.js';
import { newRun, openWorld, served, waitCreated } from './given.js';

/** `fetch`, and the bodies of the polls that were sent by it. */
function countedFetch(): { fetch: typeof fetch; polls: { readonly waitMs: number }[] } {
  const polls: { readonly waitMs: number }[] = [];
  const counted: typeof fetch = (input, init) => {
    if (String(input).endsWith('/v1/events.poll')) {
      polls.push(decodeBody(init?.body as Uint8Array, 'cbor') as { readonly waitMs: number });
    }
    return fetch(input, init);
  };
  return { fetch: counted, polls };
}

async function take(events: AsyncIterator<Event>, count: number): Promise<number[]> {
  const seqs: number[] = [];
  while (seqs.length < count) seqs.push((await events.next()).value.seq);
  return seqs;
}

const seqs = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

test('an event that is appended while a poll is held arrives with that request', async () => {
  const { url } = await served();
  const direct = openWorld({ url });
  const runId = await newRun(direct);
  const { fetch, polls } = countedFetch();
  const events = openWorld({ url, live: 'poll', fetch }).events.follow({ runId });
  expect(await take(events, 2)).toEqual([1, 2]);
  expect(polls).toHaveLength(1);
  for (let i = 0; i < 5; i += 1) {
    const next = take(events, 1);
    await expect.poll(() => polls.length).toBe(i + 2);
    await new Promise((resolve) => setTimeout(resolve, 100 * i));
    await direct.events.create(runId, waitCreated(`w-${i}`));
    expect(await next).toEqual([i + 3]);
    expect(polls).toHaveLength(i + 2);
  }
  await events.return?.(undefined);
});

test('nothing is lost or doubled between polls while four writers append', async () => {
  const { url } = await served();
  const direct = openWorld({ url });
  const runId = await newRun(direct);
  const followers = Array.from({ length: 4 }, () =>
    openWorld({ url, live: 'poll' }).events.follow({ runId }),
  );
  const write = async (world: World, writer: number): Promise<void> => {
    for (let i = 0; i < 60; i += 1) {
      const [one, other] = [`${writer}-${i}`, `${writer}-${i}-other`].map(waitCreated);
      if (one === undefined || other === undefined) continue;
      if (i % 3 === 0) await world.events.createBatch(runId, [one, other]);
      else await world.events.create(runId, one);
    }
  };
  const total = 2 + 4 * 80;
  const seen = followers.map((events) => take(events, total));
  await Promise.all(seqs(1, 4).map((writer) => write(direct, writer)));
  for (const one of await Promise.all(seen)) expect(one).toEqual(seqs(1, total));
  for (const events of followers) await events.return?.(undefined);
});

test.for([
  [undefined, 5000],
  [300, 150],
  [40_000, 20_000],
  [600_000, 20_000],
])('with `timeoutMs` %s a poll may be held for %s ms', async ([timeoutMs, waitMs]) => {
  const { url } = await served();
  const runId = await newRun(openWorld({ url }));
  const { fetch, polls } = countedFetch();
  const events = openWorld({ url, live: 'poll', fetch, timeoutMs }).events.follow({ runId });
  await take(events, 2);
  expect(polls[0]?.waitMs).toBe(waitMs);
  await events.return?.(undefined);
});

test('a silent log is followed on through polls that end empty, and none fails', async () => {
  const statuses = new Set<number>();
  const { url } = await served({ log: ({ status }) => statuses.add(status) });
  const direct = openWorld({ url });
  const runId = await newRun(direct);
  const { fetch, polls } = countedFetch();
  const world = openWorld({ url, live: 'poll', fetch, timeoutMs: 1200 });
  const events = world.events.follow({ runId });
  await take(events, 2);
  const next = take(events, 1);
  await expect.poll(() => polls.length).toBeGreaterThan(3);
  await direct.events.create(runId, waitCreated('late'));
  expect(await next).toEqual([3]);
  expect([...statuses]).toEqual([200]);
  await events.return?.(undefined);
});

test('empty answers that come at once are not asked for at once again', async () => {
  let polls = 0;
  const { url } = await answering((_, response) => {
    polls += 1;
    const headers = { 'content-type': 'application/json', 'world-wire-version': '1' };
    response.writeHead(200, headers).end('{"value":{"data":[],"cursor":"c","hasMore":false}}');
  });
  const aborting = new AbortController();
  const world = openWorld({ url, live: 'poll' });
  const next = world.events.follow({ runId: 'r', signal: aborting.signal }).next();
  await new Promise((resolve) => setTimeout(resolve, 1300));
  aborting.abort();
  await next;
  expect(polls).toBeGreaterThan(1);
  expect(polls).toBeLessThanOrEqual(3);
});
