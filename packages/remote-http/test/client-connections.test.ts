import { describe, expect, test } from 'vitest';
import { answering } from './answering.js';
import { newRun, openWorld, served, waitCreated } from './given.js';
import { refusalOf } from './refusal-of.js';
import { runChild } from './run-child.js';

test('connections are kept: 100 calls one after the other share two at most, 8 writers two each at most', async () => {
  const target = await served();
  let connections = 0;
  const { url, server } = await answering(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', headers } = request;
    const relayed = await fetch(`${target.url}${request.url}`, {
      method,
      body: Buffer.concat(chunks),
      headers: { 'content-type': headers['content-type'] ?? '', accept: headers.accept ?? '' },
    });
    response.writeHead(relayed.status, Object.fromEntries(relayed.headers));
    response.end(Buffer.from(await relayed.arrayBuffer()));
  });
  server.on('connection', () => {
    connections += 1;
  });
  const world = openWorld({ url });
  const runId = await newRun(world);
  for (let i = 0; i < 100; i += 1) await world.events.create(runId, waitCreated(`one-${i}`));
  // `fetch` opens another when the last answer is not quite read.
  expect(connections).toBeLessThanOrEqual(2);
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let i = 0; i < 10; i += 1) await world.events.create(runId, waitCreated(`${writer}-${i}`));
  });
  await Promise.all(writers);
  expect(connections).toBeLessThanOrEqual(2 * 8);
});

describe('close', () => {
  test('is at once when nothing is under way', async () => {
    const world = openWorld({ url: (await served()).url });
    await newRun(world);
    const started = performance.now();
    await world.close();
    expect(performance.now() - started).toBeLessThan(2000);
    expect((await refusalOf(world.runs.list())).code).toBe('WORLD_CLOSED');
  });

  test('waits for calls that were begun', async () => {
    const { url } = await answering((_, response) => {
      const headers = { 'content-type': 'application/json', 'world-wire-version': '1' };
      setTimeout(() => response.writeHead(200, headers).end('{"value":[]}'), 150);
    });
    const world = openWorld({ url });
    const call = world.runs.list();
    await world.close();
    expect(await call).toEqual([]);
  });

  test('gives up calls without an answer after `timeoutMs`, whatever their retries', async () => {
    const { url } = await answering(() => {});
    const world = openWorld({ url, timeoutMs: 400, retries: 100 });
    const call = refusalOf(world.runs.list());
    await new Promise((resolve) => setTimeout(resolve, 100));
    const started = performance.now();
    await world.close();
    expect(performance.now() - started).toBeLessThan(4000);
    expect((await call).code).toBe('STORE_UNAVAILABLE');
  });
});

describe('a process', () => {
  const child = (script: string): string => `
    import { createWorld } from '@world/remote-http';
    const world = createWorld({ url: process.env.SERVER_URL, timeoutMs: 500 });
    const eventData = { deploymentId: 'd', workflowName: 'w', input: null };
    const { run: { runId } } = await world.events.create(null, { eventType: 'run_created', eventData });
    ${script}
    console.log('closed');
  `;

  test.for<[string, string]>([
    ['that has closed its world', 'await world.close();'],
    ['that has not', ''],
    [
      'that closes with a follower open',
      `
      const events = world.events.follow({ runId });
      await events.next();
      const waiting = events.next().catch((error) => console.log(error.code));
      await world.close();
      await waiting;`,
    ],
    [
      'that closes with a follower left lying',
      `
      await world.events.follow({ runId }).next();
      await world.close();`,
    ],
    [
      'that has cancelled a follower, and not closed',
      `
      for await (const event of world.events.follow({ runId })) break;`,
    ],
  ])('%s ends', async ([, script]) => {
    const server = await served();
    const { afterClosedMs } = await runChild(child(script), { SERVER_URL: server.url });
    expect(afterClosedMs).toBeLessThan(3000);
  });
});

test.each(['producer', 'worker'] as const)(
  'close() of a %s ends when nothing answers, called twice or once',
  async (role) => {
    const { url } = await answering(() => {});
    const queue = { role, drainMs: 100, recovery: false, onProblem: () => {} } as const;
    const world = openWorld({ url, timeoutMs: 200, retries: 20, queue });
    const pending = refusalOf(world.runs.list());
    await world.start();
    await Promise.all([world.close(), world.close()]);
    expect((await pending).code).toBe('STORE_UNAVAILABLE');
    await world.close();
  },
);
