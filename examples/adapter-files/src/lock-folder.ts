import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { worldError } from '@world/contract';

const HOLDER = /^open-(\d+)$/;

/**
 * Keeps other processes out of a folder until the result is called, or this process is gone.
 * @throws STORE_UNAVAILABLE while another one is in; errors of `node:fs`.
 */
export function lockFolder(folder: string): () => void {
  const mine = join(folder, `open-${process.pid}`);
  // Each first says that it is there, then looks: of two that come at once, one at least sees the other.
  writeFileSync(mine, '');
  const others = readdirSync(folder)
    .flatMap((name) => HOLDER.exec(name)?.[1] ?? [])
    .map(Number)
    .filter((pid) => pid !== process.pid);
  const living = others.find(isAlive);
  if (living !== undefined) {
    rmSync(mine, { force: true });
    throw worldError('STORE_UNAVAILABLE', `${folder} is open in process ${living}`);
  }
  for (const pid of others) rmSync(join(folder, `open-${pid}`), { force: true });
  return () => rmSync(mine, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, and is another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
