import { createServer } from 'node:net';
import { inspect } from 'node:util';
import type { ErrorCode } from '@world/contract';
import { createWorld } from '@world/redis';
import { type RedisServer, startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createdRun, newRun, openWorld, refusalOf } from './given.js';
import { readKeyspace } from './keyspace.js';
import { TcpProxy } from './tcp-proxy.js';

const PASSWORD = 'p@ss/wörd:1';
const server = await startRedis({ password: PASSWORD });
const admin = new Redis(server.url);
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

/** What a test changes in another server than the shared one is gone with it. */
async function ownServer(args: readonly string[] = []): Promise<[RedisServer, Redis]> {
  const own = await startRedis({ args });
  const client = new Redis(own.url);
  onTestFinished(async () => {
    client.disconnect();
    await own.stop();
  });
  return [own, client];
}

/** Asserts that a write and a read are refused alike, in one line, and that the server holds what it held. */
async function expectRefusal(
  url: string,
  code: ErrorCode,
  message: RegExp,
  { client = admin, timeoutMs = 5000, namespace = 'refused' } = {},
): Promise<void> {
  const before = await readKeyspace(client);
  for (const call of ['append', 'list'] as const) {
    const world = openWorld({ url, timeoutMs, namespace });
    const error = await refusalOf(
      call === 'append' ? world.events.create(null, createdRun) : world.runs.list(),
    );
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error.message).not.toContain('\n');
    expect(error.message).toContain(`127.0.0.1:${new URL(url.replace('+cluster', '')).port}: `);
    expect(inspect(error, { depth: 10 })).not.toMatch(/p@ss|p%40ss|wrong-secret/);
  }
  expect(await readKeyspace(client)).toEqual(before);
}

const withUser = (user: string, password: string): string =>
  `redis://${user}:${encodeURIComponent(password)}@127.0.0.1:${server.port}`;

describe('opening', () => {
  test('making a world does no I/O', async () => {
    const proxy = await TcpProxy.start(server.port);
    onTestFinished(() => proxy.stop());
    const world = openWorld({
      url: proxy.url.replace('//', `//:${encodeURIComponent(PASSWORD)}@`),
    });
    expect(proxy.count.accepted).toBe(0);
    await world.runs.list();
    expect(proxy.count.accepted).toBe(1);
    await openWorld({ url: proxy.url }).close();
    expect(proxy.count.accepted).toBe(1);
  });

  test('no server: STORE_UNAVAILABLE at once, with host and port', async () => {
    const proxy = await TcpProxy.start(server.port);
    await proxy.refuse();
    const started = performance.now();
    await expectRefusal(
      proxy.url,
      'STORE_UNAVAILABLE',
      /no server answers; start it.*ECONNREFUSED/,
    );
    await expectRefusal(
      proxy.url.replace('redis:', 'redis+cluster:'),
      'STORE_UNAVAILABLE',
      /no server answers; start it/,
    );
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test.each([
    ['a wrong password', () => withUser('', 'wrong-secret')],
    ['a wrong user', () => withUser('nobody', PASSWORD)],
    ['no password', () => `redis://127.0.0.1:${server.port}`],
  ])('%s is STORE_INCOMPATIBLE, and no password is told', async (_, url) => {
    await expectRefusal(url(), 'STORE_INCOMPATIBLE', /refuses the user or password; correct them/);
  });

  test('a user without rights is STORE_INCOMPATIBLE', async () => {
    await admin.acl('SETUSER', 'reader', 'on', '>secret', '~*', '&*', '+@connection', '+info');
    const url = withUser('reader', 'secret');
    await expectRefusal(url, 'STORE_INCOMPATIBLE', /may not run a command .* \(NOPERM.*'get'/);
  });

  test('a user with only the commands that are needed can do everything', async () => {
    const needed = ['@connection', '@read', '@write', '@scripting', '@pubsub', 'time'];
    const rights = needed.map((one) => `+${one}`);
    await admin.acl('SETUSER', 'worker', 'on', '>secret', '~world:*', '&world:*', ...rights);
    const world = openWorld({ url: withUser('worker', 'secret'), namespace: 'acl' });
    const runId = await newRun(world);
    const { value } = await world.events.follow({ runId })[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ seq: 1 });
    await world.deleteNamespace();
  });

  test('a read-only replica is STORE_UNAVAILABLE', async () => {
    const [primary] = await ownServer();
    const [replica, client] = await ownServer();
    await client.replicaof('127.0.0.1', primary.port);
    const message = /read-only replica; connect to the primary/;
    await expectRefusal(replica.url, 'STORE_UNAVAILABLE', message, { client });
  });

  test('a server that becomes a replica while it is open is waited for, and STORE_UNAVAILABLE then', async () => {
    const [primary] = await ownServer();
    const [server, client] = await ownServer();
    const world = openWorld({ url: server.url, timeoutMs: 500 });
    await newRun(world);
    const before = await readKeyspace(client);
    await client.replicaof('127.0.0.1', primary.port);
    const started = performance.now();
    expect(await refusalOf(world.events.create(null, createdRun))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('read-only replica; connect to the primary'),
    });
    expect(performance.now() - started).toBeGreaterThan(300);
    expect(await readKeyspace(client)).toEqual(before);
    // It is the primary again while a call waits.
    const patient = openWorld({ url: server.url, timeoutMs: 10_000 });
    await client.replicaof('NO', 'ONE');
    await newRun(patient);
    await client.replicaof('127.0.0.1', primary.port);
    const waiting = newRun(patient);
    await client.replicaof('NO', 'ONE');
    await waiting;
    await newRun(world);
  });

  test('a node of a cluster behind redis:// is STORE_INCOMPATIBLE', async () => {
    const [node, client] = await ownServer(['--cluster-enabled', 'yes']);
    const message = new RegExp(`use redis\\+cluster://127.0.0.1:${node.port}`);
    await expectRefusal(node.url, 'STORE_INCOMPATIBLE', message, { client });
  });

  test('a plain server behind redis+cluster:// is STORE_INCOMPATIBLE', async () => {
    const [plain, client] = await ownServer();
    const url = plain.url.replace('redis:', 'redis+cluster:');
    await expectRefusal(url, 'STORE_INCOMPATIBLE', /is no cluster; use redis:\/\//, { client });
  });

  test('TLS to a plain server is refused, and says what to check', async () => {
    const [plain, client] = await ownServer();
    const url = plain.url.replace('redis:', 'rediss:');
    await expectRefusal(url, 'STORE_UNAVAILABLE', /rediss:\/\//, { client, timeoutMs: 300 });
  });

  test('something else than Redis is STORE_INCOMPATIBLE', async () => {
    const http = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void http.close());
    const { port } = http.address() as { port: number };
    await expectRefusal(`redis://127.0.0.1:${port}`, 'STORE_INCOMPATIBLE', /check the port/);
  });

  test('a database that the server does not have is STORE_INCOMPATIBLE', async () => {
    await expectRefusal(
      `${withUser('', PASSWORD)}/16`,
      'STORE_INCOMPATIBLE',
      /no database of this/,
    );
  });

  test('a newer layout is STORE_INCOMPATIBLE, and so is something else in its place', async () => {
    await admin.set('world:{newer}:version', '2');
    const message = /layout version 2, this package knows 1; update @world\/redis/;
    const options = { namespace: 'newer' };
    await expectRefusal(server.url, 'STORE_INCOMPATIBLE', message, options);
    await admin.set('world:{newer}:version', 'x');
    await expectRefusal(server.url, 'STORE_INCOMPATIBLE', /layout version/, options);
  });

  test.each(['run', 'log'])('a %s of another type is STORE_INCOMPATIBLE', async (name) => {
    const world = openWorld({ url: server.url, namespace: 'types' });
    const runId = await newRun(world);
    const key = `world:types:{${runId}}:${name}`;
    await admin.set(key, 'shopping list');
    const before = await readKeyspace(admin);
    const message = expect.stringContaining('belong to another application; choose another name');
    const cancel = () => world.events.create(runId, { eventType: 'run_cancelled' });
    expect(await refusalOf(cancel())).toMatchObject({ code: 'STORE_INCOMPATIBLE', message });
    if (name === 'log') {
      const read = world.events.list({ runId });
      expect(await refusalOf(read)).toMatchObject({ code: 'STORE_INCOMPATIBLE', message });
    } else {
      expect(await refusalOf(world.runs.get(runId))).toMatchObject({ message });
    }
    expect(await readKeyspace(admin)).toEqual(before);
  });

  test('a server before 6.2 is STORE_INCOMPATIBLE', async () => {
    const [own, client] = await ownServer();
    const version = /redis_version:(\d+\.\d+\.\d+)/.exec(await client.info('server'))?.[1] ?? '';
    const old = '6.0.16'.slice(0, version.length).padEnd(version.length, '0');
    const proxy = await TcpProxy.start(own.port, {
      rewrite: (reply) =>
        Buffer.from(
          reply.toString('latin1').replace(`redis_version:${version}`, `redis_version:${old}`),
          'latin1',
        ),
    });
    onTestFinished(() => proxy.stop());
    const message = /is Redis 6\.0\.\d+; version 6\.2 or later is needed/;
    await expectRefusal(proxy.url, 'STORE_INCOMPATIBLE', message, { client });
  });

  test('a world whose first call failed opens when the server is there', async () => {
    const proxy = await TcpProxy.start(server.port);
    onTestFinished(() => proxy.stop());
    await proxy.refuse();
    const url = proxy.url.replace('//', `//:${encodeURIComponent(PASSWORD)}@`);
    const world = createWorld({ url, namespace: 'later' });
    expect(await refusalOf(world.runs.list())).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await proxy.accept();
    await newRun(world);
    expect((await world.runs.list()).data).toHaveLength(1);
    await world.close();
  });
});
