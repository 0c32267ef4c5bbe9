import { networkInterfaces } from 'node:os';
import { createWorld, type RedisWorldOptions } from '@world/redis';
import { startCluster, startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { newRun, openWorld, refusalOf } from './given.js';
import { readKeyspace } from './keyspace.js';

const PASSWORD = 'p@ss/w:rd%ö?#';

function thrownBy(options: object): unknown {
  try {
    createWorld(options as RedisWorldOptions);
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('options', () => {
  test.each([
    '',
    'localhost',
    'localhost:6379',
    'http://localhost',
    'redis:',
    'redis://',
    'redis:///0',
    'redis://localhost/zero',
    'redis://localhost/0/1',
    'redis://localhost/-1',
    'redis://localhost:65536',
    'redis://localhost:port',
    'redis://user:secret%zz@localhost',
    'redis://localhost/0?db=1',
    'redis://localhost/0#1',
    'redis+cluster://',
    'redis+cluster://host:1,',
    'redis+cluster://host:65536',
    'redis+cluster://host:port',
    'redis+cluster://host/1',
    'redis+cluster://user:secret%zz@host',
    'redis+cluster://a@b@host',
    'redis+sentinel://host',
    'sqlite:world.db',
    7,
    {},
  ])('the URL %s is INVALID_ARGUMENT, and is not shown', (url) => {
    const error = thrownBy({ url });
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', details: { field: 'url' } });
    expect(String(error)).not.toMatch(/secret|\n/);
  });

  test.each([
    ['client', { client: null }],
    ['client', { client: 'redis://localhost' }],
    ['client', { client: {} }],
    ['client', { client: new Redis({ lazyConnect: true }), url: 'redis://localhost' }],
    ['namespace', { namespace: '' }],
    ['namespace', { namespace: 7 }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: -1 }],
    ['timeoutMs', { timeoutMs: Number.NaN }],
    ['timeoutMs', { timeoutMs: Number.POSITIVE_INFINITY }],
    // A timer of Node.js that is longer ends at once.
    ['timeoutMs', { timeoutMs: 2 ** 31 }],
    ['timeoutMs', { timeoutMs: '1000' }],
    ['onWarning', { onWarning: 'console' }],
    ['options.payloadLimitBytes', { payloadLimitBytes: 0 }],
    ['options.missedLimit', { missedLimit: 0.5 }],
  ])('%s: %o is INVALID_ARGUMENT', (field, options) => {
    expect(thrownBy(options)).toMatchObject({ code: 'INVALID_ARGUMENT', details: { field } });
  });

  test('WORKFLOW_WORLD_URL names the server when no URL is given', async () => {
    const server = await startRedis();
    process.env.WORKFLOW_WORLD_URL = server.url;
    onTestFinished(async () => {
      delete process.env.WORKFLOW_WORLD_URL;
      await server.stop();
    });
    const world = createWorld();
    const runId = await newRun(world);
    await world.close();
    expect((await openWorld({ url: server.url }).runs.get(runId)).runId).toBe(runId);
    process.env.WORKFLOW_WORLD_URL = 'sqlite:world.db';
    expect(thrownBy({})).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('URLs', () => {
  test('a database, a user and a password with escapes', async () => {
    const server = await startRedis({ password: PASSWORD });
    const admin = new Redis({ port: server.port, password: PASSWORD, db: 3 });
    onTestFinished(async () => {
      admin.disconnect();
      await server.stop();
    });
    await admin.acl('SETUSER', 'üser:1', 'on', `>${PASSWORD}`, '~*', '&*', '+@all');
    const at = `127.0.0.1:${server.port}`;
    const secret = encodeURIComponent(PASSWORD);
    const user = encodeURIComponent('üser:1');
    const worlds = [
      `redis://:${secret}@${at}/3`,
      `redis://default:${secret}@${at}/3`,
      `redis://${user}:${secret}@${at}/3`,
    ].map((url) => openWorld({ url }));
    const runIds = await Promise.all(worlds.map(newRun));
    for (const world of worlds) {
      const { data } = await world.runs.list();
      expect(data.map(({ runId }) => runId).sort()).toEqual([...runIds].sort());
    }
    expect(Object.keys(await readKeyspace(admin)).length).toBeGreaterThan(runIds.length);
    await admin.select(0);
    expect(await readKeyspace(admin)).toEqual({});
    const inFirst = openWorld({ url: `redis://:${secret}@${at}/` });
    expect((await inFirst.runs.list()).data).toEqual([]);
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === '::1'),
  );
  test.skipIf(!hasIpv6)('an IPv6 address, of a server and of a cluster (needs ::1)', async () => {
    const server = await startRedis({ args: ['--bind', '127.0.0.1', '::1'] });
    onTestFinished(() => server.stop());
    await newRun(openWorld({ url: `redis://[::1]:${server.port}/0` }));
    const error = await refusalOf(
      openWorld({ url: `redis+cluster://[::1]:${server.port}` }).runs.list(),
    );
    expect(error.message).toContain(`[::1]:${server.port}: the server is no cluster`);
  });

  test('a cluster with user and password', async () => {
    const cluster = await startCluster();
    onTestFinished(() => cluster.stop());
    for (const { url } of cluster.nodes) {
      const client = new Redis(url);
      await client.acl('SETUSER', 'üser:1', 'on', `>${PASSWORD}`, '~*', '&*', '+@all');
      await client.config('SET', 'requirepass', PASSWORD);
      client.disconnect();
    }
    const hosts = cluster.url.replace('redis+cluster://', '');
    const secret = encodeURIComponent(PASSWORD);
    for (const user of ['', encodeURIComponent('üser:1')]) {
      const world = openWorld({ url: `redis+cluster://${user}:${secret}@${hosts}/` });
      const runId = await newRun(world);
      const { value } = await world.events.follow({ runId })[Symbol.asyncIterator]().next();
      expect(value).toMatchObject({ seq: 1 });
    }
    for (const bad of ['', 'nobody:wrong-secret@', ':wrong-secret@']) {
      const error = await refusalOf(
        openWorld({ url: `redis+cluster://${bad}${hosts}` }).runs.list(),
      );
      expect(error).toMatchObject({
        code: 'STORE_INCOMPATIBLE',
        message: expect.stringContaining(`${hosts}: the server refuses the user or password`),
      });
      expect(error.message).not.toContain('secret');
    }
  });
});
