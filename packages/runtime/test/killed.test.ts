import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replayLog } from '@world/runtime';
import { createWorld } from '@world/sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { givenRuntime, logOf, until } from './given.js';
import { workflows } from './many-steps.mjs';

const RUNS = 20;

/** A process beside this one, and what it has said. */
async function startWorker(url: string, ...args: string[]): Promise<[ChildProcess, string[]]> {
  const worker = fork(fileURLToPath(new URL('worker.mjs', import.meta.url)), [url, ...args]);
  onTestFinished(() => void worker.kill('SIGKILL'));
  const said: string[] = [];
  worker.on('message', (word: string) => said.push(word));
  await once(worker, 'message');
  return [worker, said];
}

it('what a process that is killed was doing is done by another one', {
  timeout: 180_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'world-runtime-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const url = `sqlite:${join(folder, 'world.db')}`;
  const world = createWorld({ url });
  onTestFinished(() => world.close());
  const client = givenRuntime({ world, workflows: {}, queue: { role: 'producer' } });
  const [doomed, said] = await startWorker(url, 'hangs');

  const runIds = await Promise.all(
    Array.from({ length: RUNS }, async () => (await client.start('count')).runId),
  );
  await until(async () =>
    said.filter((word) => word === 'holds').length >= 10 ? true : undefined,
  );
  doomed.kill('SIGKILL');
  await startWorker(url);

  for (const runId of runIds) await expect(client.result(runId)).resolves.toBe(20);
  let attempts = 0;
  for (const runId of runIds) {
    await expect(replayLog(workflows.count, await logOf(world, runId))).resolves.toMatchObject({
      eventData: { output: 20 },
    });
    const { data: steps } = await world.steps.list({ runId });
    attempts += steps.reduce((sum, { attempt }) => sum + attempt - 1, 0);
  }
  // What it held was begun again.
  expect(attempts).toBeGreaterThanOrEqual(10);
});
