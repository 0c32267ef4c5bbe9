import { startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { newRun, openWorld, refusalOf, waitCreated } from './given.js';
import { runChild } from './run-child.js';

const TIMEOUT_MS = 500;

/** What a child does between its first call and `close`. */
const SCRIPTS = {
  idle: '',
  following: 'follow();',
  'with calls under way': 'call();',
  'without a server': "await signal('SIGKILL'); call();",
  'without a server, following': "follow(); await signal('SIGKILL'); call();",
  'without a server, about to follow': "await signal('SIGKILL'); follow();",
  'with a server that does not answer': "await signal('SIGSTOP'); call();",
  'with a server that does not answer, following': "follow(); await signal('SIGSTOP'); call();",
  'with a server that does not answer, about to follow': "await signal('SIGSTOP'); follow();",
} as const;

const child = (script: string): string => `
  import { createWorld } from '@world/redis';
  const { SERVER_URL: url, SERVER_PID: pid } = process.env;
  const world = createWorld({ url, timeoutMs: ${TIMEOUT_MS} });
  const eventData = { deploymentId: 'deployment', workflowName: 'flow', input: 'input' };
  const { run: { runId } } = await world.events.create(null, { eventType: 'run_created', eventData });
  const pending = [];
  const code = (promise) => pending.push(promise.then(() => 'done', (error) => error.code));
  const call = () => code(world.runs.get(runId));
  const follow = () => code((async () => { for await (const _ of world.events.follow({ runId })); })());
  const signal = async (name) => {
    process.kill(Number(pid), name);
    await new Promise((resolve) => setImmediate(resolve));
  };
  ${script}
  const started = performance.now();
  await world.close();
  const tookMs = Math.round(performance.now() - started);
  const codes = await Promise.all(pending);
  console.log(JSON.stringify({ tookMs, codes }));
  console.log('closed');
`;

describe('close', () => {
  test.concurrent.for(Object.entries(SCRIPTS))(
    '%s: it resolves, and the process ends by itself',
    async ([name, script], { expect, onTestFinished }) => {
      const server = await startRedis();
      onTestFinished(() => server.stop());
      const env = { SERVER_URL: server.url, SERVER_PID: String(server.pid) };
      const { output, afterClosedMs } = await runChild(child(script), env);
      const { tookMs, codes } = JSON.parse(output.split('\n')[0] ?? '') as {
        tookMs: number;
        codes: string[];
      };
      const isAnswered = !script.includes('signal');
      expect(tookMs).toBeLessThan(4 * TIMEOUT_MS);
      for (const code of codes) {
        expect(code).toMatch(
          isAnswered ? /^(done|WORLD_CLOSED)$/ : /^(STORE_UNAVAILABLE|WORLD_CLOSED)$/,
        );
      }
      // Of a server that does not answer, the socket is given up 0.1 s later.
      expect(afterClosedMs, name).toBeLessThan(3000);
    },
  );

  test('a world that was never used keeps no process alive, closed or not', async () => {
    const url = 'redis://127.0.0.1:1';
    const source = `
      import { createWorld } from '@world/redis';
      createWorld({ url: '${url}' });
      await createWorld({ url: '${url}' }).close();
      console.log('closed');
    `;
    expect((await runChild(source, {})).afterClosedMs).toBeLessThan(3000);
  });

  test('a world whose server was never there is closed at once', async () => {
    const world = openWorld({ url: 'redis://127.0.0.1:1' });
    const refused = refusalOf(world.runs.list());
    const started = performance.now();
    await world.close();
    expect(performance.now() - started).toBeLessThan(3000);
    expect((await refused).code).toBe('STORE_UNAVAILABLE');
  });

  test('no connection to the server is left', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const admin = new Redis(server.url);
    onTestFinished(() => admin.disconnect());
    const connections = async (): Promise<number> =>
      String(await admin.client('LIST'))
        .trim()
        .split('\n').length;
    const world = openWorld({ url: server.url });
    const runId = await newRun(world);
    const events = world.events.follow({ runId })[Symbol.asyncIterator]();
    await events.next();
    const ended = refusalOf(events.next());
    await expect.poll(connections).toBe(3);
    const started = performance.now();
    await world.close();
    expect(performance.now() - started).toBeLessThan(1000);
    await expect.poll(connections).toBe(1);
    expect((await ended).code).toBe('WORLD_CLOSED');
    expect(await refusalOf(world.runs.list())).toMatchObject({ code: 'WORLD_CLOSED' });
    await world.close();
  });

  test('a user who may not subscribe follows by looking, and no connection is left', async () => {
    const server = await startRedis();
    const admin = new Redis(server.url);
    onTestFinished(async () => {
      admin.disconnect();
      await server.stop();
    });
    await admin.acl('SETUSER', 'worker', 'on', '>secret', '~*', '&*', '+@all', '-subscribe');
    const connections = async (): Promise<number> =>
      String(await admin.client('LIST')).split('user=worker').length - 1;
    const url = server.url.replace('//', '//worker:secret@');
    const world = openWorld({ url });
    const runId = await newRun(world);
    const events = world.events.follow({ runId })[Symbol.asyncIterator]();
    await events.next();
    const next = events.next();
    await expect.poll(connections).toBe(2);
    await world.events.create(runId, waitCreated('wait'));
    expect(await next).toMatchObject({ value: { seq: 2 } });
    await world.close();
    await expect.poll(connections).toBe(0);
  });
});
