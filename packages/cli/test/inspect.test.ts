import { join } from 'node:path';
import type { World } from '@world/contract';
import { createWorld } from '@world/sqlite';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { addEndedRun, addRunningRun } from './some-runs.js';
import { world as command, fixture, temporaryFolder } from './world-command.js';

let url: string;
let world: World;
let running: string;
let ended: string;

beforeEach(async () => {
  url = `sqlite:${join(await temporaryFolder(), 'world.db')}`;
  world = createWorld({ url });
  onTestFinished(() => world.close());
  ended = await addEndedRun(world, 'token-1');
  running = await addRunningRun(world, 'token-2');
});

const json = async (...args: string[]): Promise<Record<string, unknown>[]> =>
  JSON.parse((await command(['inspect', url, ...args, '--json'])).stdout) as [];

test('tables have a title line, and show bytes short and control characters not at all', async () => {
  const runs = (await command(['inspect', url, 'runs'])).stdout.split('\n');
  expect(runs[0]).toMatch(/^RUN +STATUS +WORKFLOW +CREATED +ENDED$/);
  expect(runs[1]).toMatch(new RegExp(`^${running} +running +order +\\S+$`));
  expect(runs[2]).toMatch(new RegExp(`^${ended} +failed +order +\\S+ +\\S+$`));

  const { stdout: steps } = await command(['inspect', url, 'steps', running]);
  expect(steps).toMatch(/^pay +completed +2 +pay .* <8 B ·\[31mred>$/m);
  expect(steps).not.toContain('\u001b');

  const { stdout: run } = await command(['inspect', url, 'run', ended]);
  expect(run).toMatch(/^input +<54 B devl\["a long input that …>$/m);
  expect(run).toMatch(/^error +message=it broke code=USER_ERROR$/m);
});

test('--json gives what the world gives, bytes as base64', async () => {
  expect((await json('runs')).map(({ runId }) => runId)).toEqual([running, ended]);
  const [run] = await json('runs', '--status', 'failed', '--workflow', 'order');
  expect(run).toMatchObject({ runId: ended, input: { $bytes: expect.any(String) } });
  expect(await json('run', ended)).toEqual(run);
  expect((await json('events', running)).map(({ seq }) => seq)).toEqual(
    Array.from({ length: 10 }, (_, i) => i + 1),
  );
  expect(await json('hooks')).toMatchObject([{ runId: running, token: 'token-2' }]);
  expect(await json('hooks', ended)).toEqual([]);
  expect(await json('waits', running)).toMatchObject([{ waitId: 'pause', status: 'waiting' }]);
});

test('--limit and --cursor page through a list', async () => {
  const first = await command(['inspect', url, 'runs', '--limit', '1', '--json']);
  expect(first.stdout).toContain(running);
  const cursor = /^more: --cursor (\S+)$/.exec(first.stderr)?.[1];
  const second = await command(['inspect', url, 'runs', '--limit', '1', '--cursor', cursor ?? '']);
  expect(second.stdout).toContain(ended);
  expect(second.stderr).toBe('');
});

test('--namespace shows another one', async () => {
  expect(await json('runs', '--namespace', 'empty')).toEqual([]);
});

test('--follow prints events as they come, and ends with the run', async () => {
  const following = command(['inspect', url, 'events', running, '--follow', '--json']);
  let printed = '';
  following.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await expect.poll(() => printed).toContain('"seq":10');

  await world.events.create(running, { eventType: 'wait_completed', correlationId: 'pause' });
  await expect.poll(() => printed).toContain('"seq":11');
  await world.events.create(running, { eventType: 'run_completed', eventData: { output: 1 } });

  const { exitCode, stdout, stderr } = await following;
  const events = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  expect(events.at(-1)).toMatchObject({ eventType: 'run_completed', runId: running });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

test('--follow of a run that has ended shows its log and ends', async () => {
  const { exitCode, stdout } = await command(['inspect', url, 'events', ended, '--follow']);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')).toHaveLength(11);
  expect(stdout.split('\n').at(-1)).toMatch(/^11 +run_failed /);
});

test('Ctrl-C ends --follow with 0', async () => {
  const following = command(['inspect', url, 'events', running, '--follow']);
  await new Promise((resolve) => following.stdout.once('data', resolve));
  following.kill('SIGINT');
  expect((await following).exitCode).toBe(0);
});

test('Ctrl-C also ends the wait for a world that does not answer', async () => {
  const waiting = command(['inspect', fixture('deaf.mjs'), 'runs'], { env: { STAY: '1' } });
  await new Promise((resolve) => waiting.stdout.once('data', resolve));
  waiting.kill('SIGINT');
  expect(await waiting).toMatchObject({ exitCode: 130, stderr: 'interrupted' });
});

test('queue shows messages, those of a run, and dead ones with their reason; redrive delivers them again', async () => {
  const flow = '__wkf_workflow_order';
  const { messageId: parked } = await world.queue(flow, { runId: running }, { delaySeconds: 3600 });
  const { messageId: failing } = await world.queue(flow, { runId: ended });
  const claim = { topic: 'workflow', limit: 1, leaseMs: 60_000, token: 'token' } as const;
  await world.messages.claim(claim);
  const ref = { messageId: failing ?? '', token: 'token' };
  await world.messages.settle(ref, { kind: 'dead', reason: 'HTTP 500 it\nfails' });

  const table = (await command(['inspect', url, 'queue'])).stdout.split('\n');
  expect(table[0]).toMatch(/^MESSAGE +STATE +FAILED +DUE +RUN +QUEUE +REASON$/);
  expect(table[1]).toMatch(new RegExp(`^${parked} +waiting +0 +\\S+ +${running} +${flow}$`));
  expect(table[2]).toMatch(
    new RegExp(`^${failing} +dead +0 +\\S+ +${ended} +${flow} +HTTP 500 it`),
  );
  expect(await json('queue', running)).toMatchObject([
    { messageId: parked, state: 'waiting', message: { runId: running } },
  ]);
  expect(await json('queue', '--state', 'dead')).toMatchObject([{ messageId: failing }]);
  const first = await command(['inspect', url, 'queue', '--limit', '1', '--json']);
  const cursor = /^more: --cursor (\S+)$/.exec(first.stderr)?.[1] ?? '';
  expect(await json('queue', '--limit', '1', '--cursor', cursor)).toMatchObject([
    { messageId: failing },
  ]);

  const wrong = await command(['redrive', url, parked ?? '']);
  expect([wrong.exitCode, wrong.stderr]).toEqual([
    2,
    expect.stringContaining('is no dead message'),
  ]);
  expect((await command(['redrive', url])).stdout).toBe('1 message is due again');
  expect(await json('queue', '--state', 'dead')).toEqual([]);
  expect((await command(['redrive', url, '--json'])).stdout).toBe('{"redriven":0}');
});
