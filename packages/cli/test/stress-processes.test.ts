import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, world } from './world-command.js';

/** Runs that do not end by themselves within the test. */
const LONG = ['--runs', '5', '--sleep-ms', '60000', '--fire-after-ms', '60000'];

/** Ids of worker processes that have this text in their environment. */
const workersWith = (mark: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('worker-main.js') &&
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)
        );
      } catch {
        // It has ended meanwhile.
        return false;
      }
    });

/** A storm of two processes, once they are there. */
async function begun() {
  const mark = crypto.randomUUID();
  const url = `sqlite:${join(await temporaryFolder(), 'test.db')}`;
  const running = world(['stress', url, ...LONG], { env: { STORM: mark } });
  await expect.poll(() => workersWith(mark).length).toBe(2);
  return { running, workers: () => workersWith(mark) };
}

test.skipIf(process.platform !== 'linux')(
  'a worker that is killed ends the storm, and the others with it',
  async () => {
    const { running, workers } = await begun();
    const [killed = 0] = workers();
    process.kill(killed, 'SIGKILL');
    const { exitCode, stderr } = await running;
    expect(stderr).toContain(`(process ${killed}) was killed by SIGKILL`);
    expect(stderr).toMatch(/^kept: world inspect sqlite:.* runs --namespace stress-/m);
    expect(exitCode).toBe(2);
    expect(workers()).toEqual([]);
  },
  180_000,
);

test.skipIf(process.platform !== 'linux')(
  'Ctrl-C ends the storm and leaves no process behind',
  async () => {
    const { running, workers } = await begun();
    running.kill('SIGINT');
    const { exitCode, stderr } = await running;
    expect(stderr).toContain('interrupted');
    expect(stderr).not.toContain('kept:');
    expect(exitCode).toBe(130);
    expect(workers()).toEqual([]);
  },
  180_000,
);
