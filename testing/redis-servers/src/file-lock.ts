import { spawn } from 'node:child_process';
import { once } from 'node:events';

const WAIT_S = 600;

/**
 * Runs `action` while no other process does so with the same path. The lock is flock(2), held by a child process: it cannot
 * outlive this process.
 */
export async function withFileLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  const holder = spawn(
    'flock',
    ['--timeout', String(WAIT_S), path, 'sh', '-c', 'echo locked; exec cat'],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  const ended = new Promise<string>((resolve) => {
    holder.once('error', (error) => resolve(error.message));
    holder.once('close', (code) => resolve(`flock ended with code ${code}`));
  });
  const failure = await Promise.race([once(holder.stdout, 'data').then(() => undefined), ended]);
  if (failure !== undefined) throw new Error(`${path} was not locked: ${failure}`);
  try {
    return await action();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
