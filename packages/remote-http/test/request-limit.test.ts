import { connect } from 'node:net';
import { createWorld as createMemoryWorld } from '@world/memory';
import { serve } from '@world/remote-http/server';
import { expect, onTestFinished, test } from 'vitest';
import { call, send, sendRaw } from './attack.js';
import { newRun, openWorld, served } from './given.js';

const head = (length: number, token = 'none'): string =>
  `POST /v1/runs.list HTTP/1.1\r\nhost: h\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

/** A server that takes `requestLimit` requests, and answers `runs.list` when it is let. */
async function servedHeld(requestLimit: number) {
  const world = createMemoryWorld({ url: 'memory:', namespace: 'held' });
  const held: (() => void)[] = [];
  const list = async () => {
    await new Promise<void>((resolve) => held.push(resolve));
    return { data: [], cursor: null, hasMore: false };
  };
  const runs = { ...world.runs, list: list as typeof world.runs.list };
  const { url, stop } = await serve(() => ({ ...world, runs }), { requestLimit });
  onTestFinished(stop);
  return { url, held };
}

test('requests beyond `requestLimit` are refused at once, until one is answered', async () => {
  const { url, held } = await servedHeld(2);
  const inside = [call(url, 'runs.list', {}), call(url, 'runs.list', {})];
  await expect.poll(() => held.length).toBe(2);
  const refused = await call(url, 'runs.get', { runId: 'none' });
  expect([refused.status, refused.body.error?.code]).toEqual([429, 'THROTTLED']);
  expect(refused.headers['retry-after']).toBe('1');
  expect(refused.body.error?.details).toEqual({ retryAfter: 1 });
  // The body has not even been sent.
  const early = await sendRaw(url, [head(1000)], (text) => text.includes('THROTTLED'));
  expect(early).toMatch(/^HTTP\/1\.1 429 /);
  expect((await send(url, { method: 'GET', path: '/health' })).status).toBe(200);
  held[0]?.();
  expect((await inside[0])?.status).toBe(200);
  expect((await call(url, 'runs.get', { runId: 'none' })).status).toBe(404);
  held[1]?.();
  expect((await inside[1])?.status).toBe(200);
});

test('whatever becomes of a request, its place is free again', async () => {
  const { url } = await served({ requestLimit: 1, bodyTimeoutMs: 200, namespaceLimit: 1 });
  for (let i = 0; i < 3; i += 1) {
    expect((await send(url, { path: '/v1/runs.list', body: '{' })).status).toBe(400);
    expect((await call(url, 'runs.get', { runId: 'none' })).status).toBe(404);
    expect((await call(url, 'events.poll', { params: 7 })).status).toBe(400);
    expect((await call(url, 'events.follow', { params: 7 })).status).toBe(400);
    const other = { 'world-namespace': 'other' };
    expect((await call(url, 'runs.list', {}, other)).status).toBe(429);
    const late = await sendRaw(url, [head(9)], (text) => text.includes('INVALID_ARGUMENT'));
    expect(late).toMatch(/^HTTP\/1\.1 408 /);
  }
  const leaving = connect(Number(new URL(url).port), '127.0.0.1');
  leaving.write(head(9));
  await expect.poll(async () => (await call(url, 'runs.list', {})).status).toBe(429);
  leaving.destroy();
  await expect.poll(async () => (await call(url, 'runs.list', {})).status).toBe(200);
});

test('followers take no place, and nobody without a token does', async () => {
  const { url } = await served({ requestLimit: 1, tokens: [{ token: 't' }] });
  const world = openWorld({ url, token: 't' });
  const runId = await newRun(world);
  const lives = ['stream', 'poll', 'stream', 'poll'] as const;
  for (const live of lives) {
    const events = openWorld({ url, token: 't', live }).events.follow({ runId });
    await events.next();
    await events.next();
    void events.next().catch(() => {});
  }
  const foreign = Array.from({ length: 5 }, () =>
    sendRaw(url, [head(1000, 'bad')], (text) => text.includes('UNAUTHORIZED')),
  );
  for (const text of await Promise.all(foreign)) expect(text).toMatch(/^HTTP\/1\.1 401 /);
  expect((await world.runs.list()).data).toHaveLength(1);
});
