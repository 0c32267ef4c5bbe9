import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWorld, type MessageStore } from '@world/contract';
import { expect, onTestFinished, test } from 'vitest';
import { MemoryState } from '../src/memory-state.js';
import { MemoryStore } from '../src/memory-store.js';
import { override } from './broken-worlds/broken-world.js';

test('an app that takes nothing is tried with one message at a time, and gets all once it does', async () => {
  let isUp = false;
  let refused = 0;
  const server = createServer((request, response) => {
    request.resume();
    if (!isUp) refused += 1;
    response.writeHead(isUp ? 200 : 503).end('{"ok":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const store = new MemoryStore({ state: new MemoryState() });
  const limits: number[] = [];
  const claim: MessageStore['claim'] = (request) => {
    if (request.topic === 'step' && refused > 0 && !isUp) limits.push(request.limit);
    return store.messages.claim(request);
  };
  const world = createWorld(override(store, { messages: override(store.messages, { claim }) }), {
    queue: {
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      concurrency: 5,
      onProblem: () => {},
    },
  });
  onTestFinished(() => world.close());
  for (let i = 0; i < 50; i += 1) {
    const ids = { workflowName: 'w', workflowRunId: `run-${i}`, stepId: `step-${i}` };
    await world.queue('__wkf_step_s', { ...ids, workflowStartedAt: 0 });
  }
  await world.start();
  await expect.poll(() => refused, { timeout: 15_000 }).toBeGreaterThanOrEqual(9);
  // Behind the first five, which were under way together.
  expect(new Set(limits)).toEqual(new Set([1]));
  isUp = true;
  await expect.poll(() => world.messages.list({ limit: 100 }), { timeout: 15_000 }).toEqual([]);
}, 40_000);
