import { startCluster, startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { newRun, openWorld } from './given.js';

const server = await startRedis();
const admin = new Redis(server.url);
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

/** Sets an option of the server for the duration of a test. */
async function configure(option: string, value: string): Promise<void> {
  const [, before = ''] = (await admin.config('GET', option)) as string[];
  await admin.config('SET', option, value);
  onTestFinished(() => void admin.config('SET', option, before));
}

/** The warnings of a world that is used, loses its connection, and is used again. */
async function warningsOf(url = server.url): Promise<readonly string[]> {
  const warnings: string[] = [];
  const world = openWorld({ url, onWarning: (message) => warnings.push(message) });
  await Promise.all([world.runs.list(), newRun(world)]);
  await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await newRun(world);
  return warnings;
}

test('a server that syncs and evicts nothing gets no warning', async () => {
  expect(await warningsOf()).toEqual([]);
});

test('volatile keys may be evicted: no run is one', async () => {
  await configure('maxmemory-policy', 'volatile-lru');
  expect(await warningsOf()).toEqual([]);
});

test('snapshots alone are persistence', async () => {
  await configure('save', '3600 1');
  await configure('appendonly', 'no');
  expect(await warningsOf()).toEqual([]);
});

test('a policy that may evict runs is told once, with the server and what to do', async () => {
  await configure('maxmemory-policy', 'allkeys-lru');
  expect(await warningsOf()).toEqual([
    `@world/redis: 127.0.0.1:${server.port}: maxmemory-policy is allkeys-lru, which may remove runs; set it to noeviction`,
  ]);
});

test('a server without persistence is told once, with the server and what to do', async () => {
  await configure('appendonly', 'no');
  expect(await warningsOf()).toEqual([
    `@world/redis: 127.0.0.1:${server.port}: persistence is off: a restart loses all runs; set appendonly yes`,
  ]);
});

test('without onWarning it is console.warn that tells, once for all worlds of a process', async () => {
  await configure('maxmemory-policy', 'allkeys-random');
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  onTestFinished(() => warn.mockRestore());
  for (const namespace of ['one', 'two']) {
    await openWorld({ url: server.url, namespace }).runs.list();
  }
  expect(warn.mock.calls).toEqual([
    [expect.stringContaining('maxmemory-policy is allkeys-random')],
  ]);
});

test('of a cluster, one line tells', async () => {
  const cluster = await startCluster();
  onTestFinished(() => cluster.stop());
  for (const { url } of cluster.nodes) {
    const client = new Redis(url);
    await client.config('SET', 'appendonly', 'no');
    client.disconnect();
  }
  expect(await warningsOf(cluster.url)).toEqual([
    expect.stringContaining('persistence is off: a restart loses all runs'),
  ]);
});
