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

async function startWorker(url: string): Promise<ChildProcess> {
  const worker = fork(fileURLToPath(new URL('worker.mjs', import.meta.url)), [url]);
  onTestFinished(() => void worker.kill('SIGKILL'));
  await once(worker, 'message');
  return worker;
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
  const [doomed] = [await startWorker(url), await startWorker(url)];

  const runIds = await Promise.all(
    Array.from({ length: RUNS }, async () => (await client.start('count')).runId),
  );
  const all = () => Promise.all(runIds.map((runId) => logOf(world, runId)));
  await until(async () => {
    const lengths = (await all()).map((log) => log.length);
    return lengths.every((length) => length > 5) ? true : undefined;
  });
  doomed?.kill('SIGKILL');

  for (const runId of runIds) await expect(client.result(runId)).resolves.toBe(20);
  for (const log of await all()) {
    await expect(replayLog(workflows.count, log)).resolves.toMatchObject({
      eventData: { output: 20 },
    });
  }
});
