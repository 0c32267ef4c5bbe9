import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createWorld } from '@world/sqlite';
import { beforeEach, expect, test } from 'vitest';
import { addEndedRun, addRunningRun, addWaits } from './some-runs.js';
import { temporaryFolder, world } from './world-command.js';

let folder: string;
let from: string;
let to: string;
let running: string;
let ended: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  from = `sqlite:${join(folder, 'from.db')}`;
  to = `sqlite:${join(folder, 'to.db')}`;
  const source = createWorld({ url: from });
  ended = await addEndedRun(source, 'token-1');
  running = await addRunningRun(source, 'token-2');
  await addWaits(source, running, 600);
  await source.close();
});

const lastLine = (text: string): string | undefined => text.split('\n').at(-1);

test('copies and verifies; again, it finds all there', async () => {
  const first = await world(['copy', from, to]);
  expect(first.stderr).toBe('');
  expect(first.exitCode).toBe(0);
  expect(lastLine(first.stdout)).toBe('copied 2 runs, 621 events (0 already there), verified');

  const second = await world(['copy', from, to]);
  expect(second.exitCode).toBe(0);
  expect(lastLine(second.stdout)).toBe('copied 2 runs, 0 events (621 already there), verified');

  const read = async (url: string): Promise<string> =>
    (await world(['inspect', url, 'events', running, '--json'])).stdout;
  expect(await read(to)).toBe(await read(from));
});

test('copies single runs, to another namespace, and says so as JSON', async () => {
  const { exitCode, stdout, stderr } = await world([
    ...['copy', from, from, '--to-namespace', 'backup', '--run', ended, '--json'],
  ]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    ...{ from, to: from, copied: 1, failed: 0, imported: 11, present: 0, logOnly: 0 },
    runs: [{ runId: ended, imported: 11, present: 0, compared: 'all' }],
  });
  expect(stderr).toBe(`✓ ${ended} 11 events (0 already there)`);
  const listed = await world(['inspect', from, 'runs', '--namespace', 'backup', '--json']);
  expect(JSON.parse(listed.stdout)).toMatchObject([{ runId: ended, status: 'failed' }]);
});

test('a run that has gone another way is named, the others are copied', async () => {
  await world(['copy', from, to, '--run', running]);
  for (const [url, key] of [
    [from, 'left'],
    [to, 'right'],
  ] as const) {
    const one = createWorld({ url });
    const eventData = { stepName: key, input: null };
    await one.events.create(running, { eventType: 'step_created', correlationId: key, eventData });
    await one.close();
  }

  const { exitCode, stdout } = await world(['copy', from, to]);

  expect(exitCode).toBe(1);
  expect(stdout).toMatch(new RegExp(`^✗ ${running} .*LOG_DIVERGED`, 'm'));
  expect(lastLine(stdout)).toMatch(/^copied 1 runs, 11 events .*; 1 of 2 runs failed$/);
});

test('a source that does not exist is not made, nor is the target', async () => {
  const { exitCode } = await world(['copy', `sqlite:${folder}/none.db`, `sqlite:${folder}/new.db`]);
  expect(exitCode).toBe(2);
  expect(existsSync(join(folder, 'none.db'))).toBe(false);
  expect(existsSync(join(folder, 'new.db'))).toBe(false);
});
