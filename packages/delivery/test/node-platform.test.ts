import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { nodePlatform } from '@world/delivery';
import { expect, onTestFinished, test } from 'vitest';

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

const platform = () => {
  const made = nodePlatform();
  onTestFinished(() => made.close());
  return made;
};

test('finds the app among the servers of this process, and nothing before there is one', async () => {
  const { findApp } = platform();
  expect(await findApp()).toBeUndefined();
  await listen((_, response) => response.writeHead(404).end());
  await listen(() => {});
  expect(await findApp()).toBeUndefined();
  const app = await listen((request, response) => {
    const isHealth = request.url === '/.well-known/workflow/v1/flow?__health';
    response.writeHead(isHealth && request.method === 'POST' ? 200 : 404).end();
  });
  expect(await findApp()).toBe(app);
});

test('ten steps for each core', () => {
  expect(platform().concurrency).toBe(10 * availableParallelism());
});

test('what is closed has no connection left, and gives up requests under way', async () => {
  const made = nodePlatform();
  let sockets = 0;
  const url = await listen((request) => {
    sockets += 1;
    request.socket.once('close', () => {
      sockets -= 1;
    });
  });
  const answer = made.fetch(url, { method: 'POST', body: 'a' });
  const failed = expect(answer).rejects.toThrow();
  await expect.poll(() => sockets).toBe(1);
  await made.close();
  await failed;
  await expect.poll(() => sockets).toBe(0);
});
