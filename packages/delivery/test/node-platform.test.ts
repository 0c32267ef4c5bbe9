import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { nodePlatform } from '@world/delivery';
import { expect, onTestFinished, test, vi } from 'vitest';

async function listen(listener: RequestListener): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, close };
}

/** What `@workflow/core@4.8` answers. */
const listenAsApp = () =>
  listen((request, response) => {
    const isHealth = request.url === '/.well-known/workflow/v1/flow?__health';
    if (isHealth && request.method === 'POST') response.end('{"healthy":true}');
    else response.writeHead(404).end();
  });

const platform = () => {
  const made = nodePlatform();
  onTestFinished(() => made.close());
  return made;
};

test('finds the app among the servers of this process, and nothing before there is one', async () => {
  const { findApp } = platform();
  expect(await findApp()).toBeUndefined();
  await listen((_, response) => response.writeHead(404).end());
  await listen((_, response) => response.end('ok'));
  await listen(() => {});
  expect(await findApp()).toBeUndefined();
  const first = await listenAsApp();
  expect(await findApp()).toBe(first.url);
  await first.close();
  await expect.poll(findApp).toBeUndefined();
  const moved = await listenAsApp();
  expect(await findApp()).toBe(moved.url);
});

test('deliveries do not look for the app each, whether there is one or not', async () => {
  const { report } = process;
  const looks = vi.spyOn(report, 'getReport');
  onTestFinished(() => looks.mockRestore());
  const { findApp } = platform();
  const all = () => Promise.all(Array.from({ length: 100 }, findApp));
  expect(new Set(await all())).toEqual(new Set([undefined]));
  expect(looks).toHaveBeenCalledTimes(1);
  const app = await listenAsApp();
  expect(new Set(await all())).toEqual(new Set([app.url]));
  expect(new Set(await all())).toEqual(new Set([app.url]));
  expect(looks.mock.calls.length).toBeLessThanOrEqual(3);
});

test('ten steps for each core', () => {
  expect(platform().concurrency).toBe(10 * availableParallelism());
});

test('what is closed has no connection left, and gives up requests under way', async () => {
  const made = nodePlatform();
  let sockets = 0;
  const { url } = await listen((request) => {
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
