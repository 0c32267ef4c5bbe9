import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createRunId, type World } from '@world/contract';
import { expect, test } from 'vitest';
import { capabilities, createWorld } from '../src/index.js';
import { freshUrl, specifier } from './place.js';

const WRITER = fileURLToPath(new URL('writer.mjs', import.meta.url));

/** After how many acknowledged events each writer is killed. */
const KILLS = [1, 2, 3, 7, 20];

// The suite kills writers too, where other processes may look on. This needs only one process at a time.
test.skipIf(!capabilities.durable)('what killed writers were acknowledged is there', async () => {
  const url = freshUrl();
  const runId = createRunId();
  await using(url, async ({ events }) => {
    const eventData = { deploymentId: 'test', workflowName: 'test', input: 1 };
    await events.create(runId, { eventType: 'run_created', eventData });
  });
  const acknowledged: string[] = [];
  for (const count of KILLS) {
    acknowledged.push(...(await killedAfter(count, [specifier, url, runId])));
    await using(url, async ({ events, runs }) => {
      const { data, hasMore } = await events.list({ runId, pagination: { limit: 1000 } });
      expect(hasMore).toBe(false);
      expect(data.map(({ eventId }) => eventId)).toEqual(expect.arrayContaining(acknowledged));
      expect(data.map(({ seq }) => seq)).toEqual(data.map((_, i) => i + 1));
      expect((await runs.get(runId)).lastKnownEventId).toBe(data.at(-1)?.eventId);
    });
  }
});

/** Opens the world, and closes it again: no other process has it then. */
async function using(url: string, use: (world: World) => Promise<void>): Promise<void> {
  const world = createWorld({ url });
  try {
    await use(world);
  } finally {
    await world.close();
  }
}

/** Runs a writer until it was acknowledged so many events, kills it, and returns their ids. */
async function killedAfter(count: number, args: readonly string[]): Promise<readonly string[]> {
  const writer: ChildProcess = fork(WRITER, args, { execArgv: [] });
  const exited = once(writer, 'exit');
  const ids: string[] = [];
  writer.on('message', (id) => {
    ids.push(String(id));
    if (ids.length === count) writer.kill('SIGKILL');
  });
  await exited;
  expect(ids.length, 'the writer ended by itself').toBeGreaterThanOrEqual(count);
  return ids;
}
