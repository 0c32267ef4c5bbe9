import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { openRemote, serve, sqliteUrl, tokenFile } from './serve-process.js';
import { addRunningRun } from './some-runs.js';
import { temporaryFolder, world } from './world-command.js';

const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'done',
    (error: { code: unknown }) => error.code,
  );

/** Sends the head of a request, and the body when it is told to; resolves when the server waits for the body. */
async function beginRequest(url: string, body: object): Promise<() => Promise<number | undefined>> {
  const headers = { 'content-type': 'application/json', expect: '100-continue' };
  const sent = request(url, { method: 'POST', headers }).on('error', () => {});
  sent.flushHeaders();
  await once(sent, 'continue');
  return async () => {
    sent.end(JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
}

describe('world serve', { timeout: 90_000 }, () => {
  test('serves a world: conformance and inspect work on its URL', async () => {
    const { url } = await serve(await sqliteUrl());
    const suite = await world(['conformance', url, '--only', 'F3-one-winner,F5-chain']);
    expect(suite.stdout.split('\n').at(-1)).toBe('2 passed, 0 failed, 0 skipped');
    const runId = await addRunningRun(openRemote({ url }), 'token');
    const shown = await world(['inspect', url, 'run', runId, '--json']);
    expect(shown.exitCode).toBe(0);
    expect(JSON.parse(shown.stdout)).toMatchObject({ runId, status: 'running' });
  });

  test.for(['SIGTERM', 'SIGINT'] as const)(
    '%s: what is under way is finished, followers end, exit code 0',
    async (signal) => {
      const place = await sqliteUrl();
      const { url, process } = await serve(place);
      const client = openRemote({ url });
      const runId = await addRunningRun(client, 'token');
      const events = client.events.follow({ runId });
      await events.next();
      const event = {
        eventType: 'hook_created',
        correlationId: 'late',
        eventData: { token: 'late' },
      };
      const finish = await beginRequest(`${url}/v1/events.create`, { runId, event });
      process.kill(signal);
      // Nobody is let in any more.
      await expect
        .poll(() => codeOf(openRemote({ url, retries: 0 }).runs.list()))
        .toBe('STORE_UNAVAILABLE');
      expect(await finish()).toBe(200);
      const { exitCode, stderr } = await process;
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'stopping' });
      await client.close();
      const { stdout } = await world(['inspect', place, 'events', runId, '--json']);
      expect(JSON.parse(stdout)).toHaveLength(11);
    },
  );

  test('a second signal ends it at once, and so does the deadline', async () => {
    const body = { params: {} };
    const first = await serve('memory:');
    await beginRequest(`${first.url}/v1/runs.list`, body);
    first.process.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 700));
    first.process.kill('SIGINT');
    expect(await first.process).toMatchObject({ exitCode: 130 });

    const second = await serve('memory:', '--stop-timeout', '0.5');
    await beginRequest(`${second.url}/v1/runs.list`, body);
    second.process.kill('SIGTERM');
    expect(await second.process).toMatchObject({ exitCode: 0 });
  });

  test('a public address without tokens is refused, a port in use and a world that is not there too', async () => {
    const { url } = await serve('memory:');
    const port = new URL(url).port;
    for (const [args, message] of [
      [['memory:', '--host', '0.0.0.0'], /^error: 0\.0\.0\.0 is open to others: give --token-file/],
      [['memory:', '--port', port], /^error: port \d+ of 127\.0\.0\.1 is in use/],
      [['memory:', '--port', '70000'], /port/],
      [['sqlite:./nowhere/world.db'], /^error: .*STORE_UNAVAILABLE/],
      [['sqlite:./none.db', '--read-only'], /none\.db does not exist/],
      [['memory:', '--token-file', './none'], /^error: cannot read the token file/],
    ] as const) {
      const { exitCode, stdout, stderr } = await world(['serve', ...args], {
        cwd: await temporaryFolder(),
      });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr.split('\n')).toHaveLength(1);
    }
  });

  test('tokens are bound to namespaces and to reading, and read again on SIGHUP', async () => {
    const file = await tokenFile('# who\nall-1\nlive-1 namespace=live # one\nread-1 read-only\n');
    const { url, process } = await serve('memory:', '--token-file', file, '--host', '0.0.0.0');
    const at = `http://127.0.0.1:${new URL(url).port}`;
    const list = (options: object): Promise<unknown> =>
      codeOf(openRemote({ url: at, ...options }).runs.list());
    expect(await list({})).toBe('UNAUTHORIZED');
    expect(await list({ token: 'all-1' })).toBe('done');
    expect(await list({ token: 'live-1' })).toBe('FORBIDDEN');
    expect(await list({ token: 'live-1', namespace: 'live' })).toBe('done');
    expect(await list({ token: 'read-1' })).toBe('done');
    const reader = openRemote({ url: at, token: 'read-1' });
    expect(await codeOf(addRunningRun(reader, 'token'))).toBe('FORBIDDEN');

    await writeFile(file, 'all-2\n');
    process.kill('SIGHUP');
    await expect.poll(() => list({ token: 'all-2' })).toBe('done');
    expect(await list({ token: 'all-1' })).toBe('UNAUTHORIZED');
    await writeFile(file, 'all-3 nonsense\n');
    process.kill('SIGHUP');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await list({ token: 'all-2' })).toBe('done');
    process.kill('SIGTERM');
    const { exitCode, stderr } = await process;
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`tokens: the old ones stay: ${file}:1: after a token come`);
    expect(stderr).not.toMatch(/all-|live-1|read-1/);
  });

  test('a token file that others can read is warned of; --read-only refuses writes; --log tells each request', async () => {
    const file = await tokenFile('secret-1\n', 0o644);
    const { url, process } = await serve('memory:', '--token-file', file, '--read-only', '--log');
    const client = openRemote({ url, token: 'secret-1' });
    expect(await codeOf(addRunningRun(client, 'token'))).toBe('FORBIDDEN');
    await client.runs.list();
    process.kill('SIGTERM');
    const { exitCode, stderr } = await process;
    expect(exitCode).toBe(0);
    const [warning, ...lines] = stderr.split('\n');
    expect(warning).toBe(`warning: others can read ${file}; run: chmod 600 ${file}`);
    const told = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    expect(told).toMatchObject([
      { path: '/v1/events.create', status: 403, code: 'FORBIDDEN', namespace: 'default' },
      { path: '/v1/runs.list', status: 200 },
    ]);
    expect(stderr).not.toContain('secret-1');
  });
});
