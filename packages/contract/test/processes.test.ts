import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WorkerProcess } from '../src/conformance/processes.js';

test('a worker that has died fails its job, and nothing else', async () => {
  const child = fork('data:text/javascript,', { stdio: 'ignore' });
  const worker = new WorkerProcess(child);
  await once(child, 'exit');
  worker.go();
  await expect(worker.result()).rejects.toThrow('the process ended before its job');
  await worker.kill();
});
