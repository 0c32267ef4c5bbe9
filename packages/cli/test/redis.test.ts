import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRunId } from '@world/contract';
import { createWorld } from '@world/redis';
import {
  type RedisCluster,
  type RedisServer,
  startCluster,
  startRedis,
} from '@world/redis-servers';
import { createWorld as createSqliteWorld } from '@world/sqlite';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { databaseSize } from './database-size.js';
import { addEndedRun, addRunningRun } from './some-runs.js';
import { temporaryFolder, world } from './world-command.js';

/** The command on real servers: one with a password, and a cluster. */

const PASSWORD = 's3cret:@/?#';

let server: RedisServer;
let cluster: RedisCluster;

beforeAll(async () => {
  [server, cluster] = await Promise.all([startRedis({ password: PASSWORD }), startCluster()]);
});
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

/** One test in this process, one with others, and one more. */
const SOME = 'L1-clock-set-back,F3-one-winner-processes,F5-chain';

const lastLine = (text: string): string | undefined => text.split('\n').at(-1);

describe.each([
  ['a server', () => server.url, () => [server]],
  ['a cluster', () => cluster.url, () => cluster.nodes],
])('on %s', (_, urlOf, nodesOf) => {
  const keys = async (): Promise<number[]> =>
    Promise.all(nodesOf().map(({ url }) => databaseSize(url)));

  test('conformance runs, and removes what it has written', async () => {
    const before = await keys();
    const report = join(await temporaryFolder(), 'report.json');

    const { exitCode, stdout, stderr } = await world([
      ...['conformance', urlOf(), '--only', SOME, '--report', report],
    ]);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(lastLine(stdout)).toBe('3 passed, 0 failed, 0 skipped');
    expect(await keys()).toEqual(before);
    const { target } = JSON.parse(await readFile(report, 'utf8')) as { target: string };
    expect(target).toBe(urlOf().replace(/:[^:]*@/, ':***@'));
  });

  test('inspect shows runs and follows a log', async () => {
    const { url, namespace, redis } = newWorld(urlOf());
    const runId = await addRunningRun(redis, namespace);
    const inspect = (...args: string[]) =>
      world(['inspect', url, ...args, '--namespace', namespace]);

    const { exitCode, stdout, stderr } = await inspect('runs');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^${runId} +running +order `, 'm'));

    const following = inspect('events', runId, '--follow', '--json');
    let printed = '';
    following.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    await expect.poll(() => printed).toContain('"seq":10');
    await redis.events.create(runId, { eventType: 'run_completed', eventData: { output: 1 } });

    const ended = await following;
    expect({ exitCode: ended.exitCode, stderr: ended.stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(lastLine(ended.stdout) ?? '')).toMatchObject({
      seq: 11,
      eventType: 'run_completed',
    });
  });

  test('copies there and back are the same', async () => {
    const { url, namespace } = newWorld(urlOf());
    const folder = await temporaryFolder();
    const from = `sqlite:${join(folder, 'from.db')}`;
    const back = `sqlite:${join(folder, 'back.db')}`;
    const source = createSqliteWorld({ url: from });
    const runIds = [await addEndedRun(source, 'token-1'), await addRunningRun(source, 'token-2')];
    await source.close();

    const there = await world(['copy', from, url, '--to-namespace', namespace, '--json']);
    expect({ exitCode: there.exitCode, stdout: JSON.parse(there.stdout) }).toMatchObject({
      exitCode: 0,
      stdout: { to: url.replace(/:[^:]*@/, ':***@'), copied: 2, failed: 0, imported: 21 },
    });
    const again = await world(['copy', from, url, '--to-namespace', namespace]);
    expect(lastLine(again.stdout)).toBe('copied 2 runs, 0 events (21 already there), verified');
    const home = await world([
      ...['copy', url, back, '--namespace', namespace, '--to-namespace', 'default'],
    ]);
    expect(lastLine(home.stdout)).toBe('copied 2 runs, 21 events (0 already there), verified');

    for (const runId of runIds) {
      const read = async (file: string): Promise<string> =>
        (await world(['inspect', file, 'events', runId, '--json'])).stdout;
      expect(await read(back)).toBe(await read(from));
    }
  });
});

test('a package without a URL reads WORKFLOW_WORLD_URL', async () => {
  const { exitCode, stdout } = await world(['conformance', '@world/redis', '--only', 'F5-chain'], {
    env: { WORKFLOW_WORLD_URL: server.url },
  });
  expect(lastLine(stdout)).toBe('1 passed, 0 failed, 0 skipped');
  expect(exitCode).toBe(0);
});

describe('one line, exit code 2 and no password when', () => {
  const free = 'redis://me:s3cret@127.0.0.1:1';
  const cases = [
    ['nobody listens', () => free, 'no server answers'],
    [
      'no node listens',
      () => 'redis+cluster://me:s3cret@127.0.0.1:1,127.0.0.1:2',
      'STORE_UNAVAILABLE',
    ],
    [
      'the password is wrong',
      () => server.url.replace(/:[^:]*@/, ':s3crets@'),
      'refuses the user or password',
    ],
    ['there is none', () => `redis://127.0.0.1:${server.port}`, 'refuses the user or password'],
    ['a server of a cluster is named', () => cluster.nodes[0]?.url ?? '', 'use redis+cluster://'],
    ['the URL is broken', () => 'redis://me:s3cret@', 'is not the URL of a Redis server'],
    ['the scheme is misspelt', () => 'redis//:s3cret@127.0.0.1', 'names no world'],
  ] as const;

  test.each(cases)('%s', async (_, urlOf, says) => {
    for (const args of [
      ['inspect', urlOf(), 'runs'],
      ['conformance', urlOf(), '--only', 'F5-chain'],
    ]) {
      const { exitCode, stdout, stderr } = await world(args, { env: { DEBUG: '' } });
      expect(stderr).toContain(says);
      expect(stderr.split('\n')).toHaveLength(1);
      expect(stderr).not.toContain('s3cret');
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    }
  });

  test('DEBUG=world shows where it comes from', async () => {
    const { stderr } = await world(['inspect', free, 'runs'], { env: { DEBUG: 'world' } });
    expect(stderr).toContain('driver-errors.js');
    expect(stderr).not.toContain('s3cret');
  });
});

/** A new namespace, removed when the test ends. */
function newWorld(url: string) {
  const namespace = `cli-${createRunId()}`;
  const redis = createWorld({ url, namespace });
  onTestFinished(async () => {
    await redis.deleteNamespace();
    await redis.close();
  });
  return { url, namespace, redis };
}
