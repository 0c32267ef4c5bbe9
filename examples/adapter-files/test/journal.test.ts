import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRunId, type World } from '@world/contract';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { createWorld } from '../src/index.js';
import { freshUrl, specifier } from './place.js';

const WRITER = fileURLToPath(new URL('writer.mjs', import.meta.url));

const folderOf = (url: string): string => {
  const root = url.slice('files:'.length);
  const [namespace = ''] = readdirSync(root);
  return join(root, namespace);
};
const journalOf = (url: string): string => join(folderOf(url), 'journal');

async function using<T>(url: string, use: (world: World) => Promise<T>): Promise<T> {
  const world = createWorld({ url });
  try {
    return await use(world);
  } finally {
    await world.close();
  }
}

/** A run with one event for each name behind `run_created`. */
async function someRun(url: string, names: readonly string[]): Promise<string> {
  const runId = createRunId();
  await using(url, async ({ events }) => {
    const eventData = { deploymentId: 'test', workflowName: 'test', input: 'ü\n' };
    await events.create(runId, { eventType: 'run_created', eventData });
    for (const name of names) await append(events, runId, name);
  });
  return runId;
}

const append = (events: World['events'], runId: string, name: string) =>
  events.create(runId, {
    eventType: 'hook_created',
    correlationId: name,
    eventData: { token: name },
  });

const namesIn = async ({ events }: World, runId: string): Promise<unknown[]> =>
  (await events.list({ runId })).data.map(({ correlationId }) => correlationId ?? '-');

test('a last line that was cut anywhere is dropped, and the next one takes its place', async () => {
  const url = freshUrl();
  const runId = await someRun(url, ['a', 'b']);
  const path = journalOf(url);
  const whole = readFileSync(path);
  const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1;
  for (let length = lastLine; length < whole.length; length += 1) {
    writeFileSync(path, whole.subarray(0, length));
    await using(url, async (world) => {
      expect(await namesIn(world, runId)).toEqual(['-', 'a']);
      // What `b` had claimed went with it.
      await append(world.events, runId, 'b');
    });
    expect(await using(url, (world) => namesIn(world, runId))).toEqual(['-', 'a', 'b']);
  }
});

test('a last line of another content is dropped', async () => {
  const url = freshUrl();
  const runId = await someRun(url, ['a', 'b']);
  const path = journalOf(url);
  const bytes = readFileSync(path);
  bytes.fill(0, bytes.length - 20, bytes.length - 1);
  writeFileSync(path, bytes);
  expect(await using(url, (world) => namesIn(world, runId))).toEqual(['-', 'a']);
});

test('damage before the last line is refused, and nothing is changed', async () => {
  const url = freshUrl();
  const runId = await someRun(url, ['a', 'b']);
  const path = journalOf(url);
  const damaged = readFileSync(path);
  damaged[20] = 0;
  writeFileSync(path, damaged);
  await using(url, async ({ runs }) => {
    await expect(runs.get(runId)).rejects.toMatchObject({ code: 'STORE_INCOMPATIBLE' });
  });
  expect(readFileSync(path)).toEqual(damaged);
});

test('one process at a time: another one is refused until that is dead', async () => {
  const url = freshUrl();
  const runId = await someRun(url, []);
  const writer = fork(WRITER, [specifier, url, runId], { execArgv: [] });
  const exited = once(writer, 'exit');
  await once(writer, 'message');
  await using(url, async ({ runs }) => {
    const refused = {
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(`${writer.pid}`),
    };
    await expect(runs.get(runId)).rejects.toMatchObject(refused);
    writer.kill('SIGKILL');
    await exited;
    expect(await runs.get(runId)).toMatchObject({ runId });
  });
});

test.skipIf(process.platform === 'win32')(
  'a file that can grow no more takes nothing by half',
  async () => {
    const url = freshUrl();
    const runId = await someRun(url, []);
    // Blocks of 512 or 1024 bytes, as the shell has it.
    const limited = 'ulimit -f 16 && exec "$0" "$@"';
    const { all } = await execa(
      'sh',
      ['-c', limited, process.execPath, WRITER, specifier, url, runId],
      {
        reject: false,
        all: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    expect(all).toMatch(/STORE_UNAVAILABLE/);
    expect(all).toMatch(/EFBIG/);
    const size = readFileSync(journalOf(url)).length;
    await using(url, async (world) => {
      const before = await namesIn(world, runId);
      expect(before.length).toBeGreaterThan(3);
      // The failed line is gone already: nothing has to be dropped.
      expect(readFileSync(journalOf(url)).length).toBe(size);
      await append(world.events, runId, 'next');
      expect(await namesIn(world, runId)).toEqual([...before, 'next']);
    });
  },
);

test('a removed namespace leaves no file', async () => {
  const url = freshUrl();
  await someRun(url, ['a']);
  await using(url, (world) => world.deleteNamespace());
  expect(readdirSync(url.slice('files:'.length))).toEqual([]);
});

test('what was refused opens nothing', async () => {
  const url = freshUrl();
  expect(() => createWorld({ url, missedLimit: 0 })).toThrow('missedLimit');
  expect(() => createWorld({ url: 'sqlite:x' })).toThrow('files:<folder>');
  expect(() => createWorld({ url, namespace: '' })).toThrow('namespace');
  const runId = await someRun(url, []);
  expect(await using(url, ({ runs }) => runs.get(runId))).toMatchObject({ runId });
});
