import { createInterface } from 'node:readline';
import type { MessageRecord, World } from '@world/contract';
import { createWorld as createSqliteWorld } from '@world/sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openRemote, type Serving, serve, sqliteUrl, tokenFile } from './serve-process.js';
import { openApp } from './small-app.js';
import { addRunningRun } from './some-runs.js';
import { fixture, world } from './world-command.js';

const QUEUE = '__wkf_workflow_order';

const producerOf = (url: string, options = {}): World =>
  openRemote({ url, queue: { role: 'producer' }, ...options });

function openSqlite(url: string): World {
  const opened = createSqliteWorld({ url });
  onTestFinished(() => opened.close());
  return opened;
}

const messagesOf = (of: World): Promise<readonly MessageRecord[]> =>
  of.messages.list({ limit: 100 });

/** Asks a server to end; resolves when it has begun to. */
async function stop({ process }: Serving): Promise<void> {
  process.kill('SIGTERM');
  for await (const line of createInterface({ input: process.stderr })) {
    if (line === 'stopping') return;
  }
}

describe('world serve --deliver-to', { timeout: 120_000 }, () => {
  test('delivers signed messages to an app behind it, as soon as that takes them; others are not believed', async () => {
    const app = await openApp();
    const tokens = await tokenFile('all-of-it\n');
    const place = await sqliteUrl();
    const { url, process } = await serve(place, '--deliver-to', app.url, '--token-file', tokens);
    const producer = producerOf(url, { token: 'all-of-it' });
    const { messageId } = await producer.queue(QUEUE, { runId: 'wrun_a' });
    await expect.poll(() => app.statuses.length).toBeGreaterThan(1);
    expect(new Set(app.statuses)).toEqual(new Set([503]));
    app.use(producer);
    await expect.poll(() => app.got).toEqual([{ messageId, attempt: 1, queueName: QUEUE }]);
    await expect.poll(() => messagesOf(producer)).toEqual([]);

    // As whoever knows where the app is could ask.
    const forged = await fetch(`${app.url}/.well-known/workflow/v1/flow`, {
      method: 'POST',
      headers: {
        'x-world-queue-name': QUEUE,
        'x-world-message-id': 'msg_x',
        'x-world-attempt': '1',
        'x-world-time': `${Date.now()}`,
        'x-world-signature': `v1=${'0'.repeat(64)}`,
      },
      body: '{}',
    });
    expect([forged.status, app.got.length]).toEqual([401, 1]);
    process.kill('SIGTERM');
    const { exitCode, stderr } = await process;
    expect(exitCode).toBe(0);
    expect(JSON.parse(stderr.split('\n')[0] ?? '')).toMatchObject({
      problem: 'a delivery has failed: HTTP 503 not yet',
      messageId,
      runId: 'wrun_a',
    });
  });

  test('wrong answers of an app are failures: the message comes again, until it is taken', async () => {
    const app = await openApp();
    const { url } = await serve('memory:', '--deliver-to', `${app.url}/`);
    const producer = producerOf(url);
    const answers = [
      new Response('broken', { status: 500 }),
      new Response('<h1>Welcome</h1>'),
      new Response(null, { status: 302, headers: { location: '/elsewhere' } }),
    ];
    app.handle = (request) => {
      const answer = answers.shift();
      if (answer !== undefined) return answer;
      app.use(producer);
      return app.handle(request);
    };
    const { messageId } = await producer.queue(QUEUE, { runId: 'wrun_a' });
    await expect.poll(() => app.got).toEqual([{ messageId, attempt: 4, queueName: QUEUE }]);
    await expect.poll(() => messagesOf(producer)).toEqual([]);
    expect(app.statuses).toEqual([500, 200, 302, 200]);
  });

  test('SIGTERM: what an app has got it finishes, through the server; nothing else is delivered', async () => {
    const app = await openApp();
    const place = await sqliteUrl();
    const server = await serve(place, '--deliver-to', app.url);
    const producer = producerOf(server.url);
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let runId = '';
    app.use(producer, async () => {
      await gate;
      runId = await addRunningRun(producer, 'token');
    });
    await producer.queue(QUEUE, { runId: 'wrun_a' });
    await expect.poll(() => app.got.length).toBe(1);
    await stop(server);
    const later = await producer.queue(QUEUE, { runId: 'wrun_b' });
    finish();
    expect((await server.process).exitCode).toBe(0);
    expect(app.got).toHaveLength(1);
    const stored = openSqlite(place);
    expect((await stored.runs.get(runId)).status).toBe('running');
    expect(await messagesOf(stored)).toMatchObject([{ ...later, state: 'waiting', failures: 0 }]);
  });

  test('what does not end in time is handed back at the deadline, as if it had never been sent', async () => {
    const app = await openApp();
    const place = await sqliteUrl();
    const server = await serve(place, '--deliver-to', app.url, '--stop-timeout', '0.5');
    app.use(producerOf(server.url), () => new Promise(() => {}));
    const { messageId } = await producerOf(server.url).queue(QUEUE, { runId: 'wrun_a' });
    await expect.poll(() => app.got.length).toBe(1);
    await stop(server);
    expect((await server.process).exitCode).toBe(0);
    expect(await messagesOf(openSqlite(place))).toMatchObject([
      { messageId, state: 'waiting', failures: 0 },
    ]);
  });

  test('--deliver-namespace: of these namespaces, and no other', async () => {
    const app = await openApp();
    const args = ['--deliver-namespace', 'a', '--deliver-namespace', 'b'];
    const { url } = await serve(await sqliteUrl(), '--deliver-to', app.url, ...args);
    app.handle = async () => Response.json({ ok: true });
    for (const namespace of ['default', 'a', 'b']) {
      await producerOf(url, { namespace }).queue(QUEUE, { runId: namespace });
    }
    for (const namespace of ['a', 'b']) {
      await expect.poll(() => messagesOf(producerOf(url, { namespace }))).toEqual([]);
    }
    expect(app.statuses).toEqual([200, 200]);
    expect(await messagesOf(producerOf(url))).toHaveLength(1);
  });

  test('what cannot be delivered to, or from, is refused in one line', async () => {
    const existing = await sqliteUrl();
    await addRunningRun(openSqlite(existing), 'token');
    for (const [args, message] of [
      [['memory:', '--deliver-to', 'localhost:3000'], /expected http:\/\/host:port/],
      [['memory:', '--deliver-to', 'ftp://host'], /expected http:\/\/host:port/],
      [['memory:', '--deliver-to', 'http://a/?x=1'], /expected http:\/\/host:port/],
      [['memory:', '--deliver-to', 'http://me:hidden@host'], /user or password/],
      [['memory:', '--deliver-namespace', 'a'], /--deliver-namespace.*--deliver-to/],
      [['memory:', '--deliver-to', 'http://a', '--deliver-namespace', ''], /namespace/],
      [[existing, '--read-only', '--deliver-to', 'http://a'], /does not go with --read-only/],
      [[fixture('without-queue.mjs'), '--deliver-to', 'http://a'], /has no queue/],
    ] as const) {
      const { exitCode, stdout, stderr } = await world(['serve', ...args, '--port', '0']);
      expect({ exitCode, stdout }, args.join(' ')).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('hidden');
      expect(stderr.split('\n')).toHaveLength(1);
    }
  });
});
