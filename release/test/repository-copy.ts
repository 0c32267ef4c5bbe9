import { join } from 'node:path';
import type { Run } from './rehearsal.ts';

/** Packages of the rehearsal say that they come from here. */
export const origin = 'https://example.com/rehearsal/world';

/** Copies the working tree, and commits it in the copy. */
export async function copyRepository(repository: string, target: string, run: Run): Promise<void> {
  const script = join(repository, 'scripts/copy-repository.mjs');
  await run(repository, process.execPath, [script, target]);
  await run(target, 'git', ['init', '--quiet', '--initial-branch', 'main']);
  await run(target, 'git', ['remote', 'add', 'origin', `${origin}.git`]);
  await run(target, 'git', ['add', '--all']);
  await run(target, 'git', ['commit', '--quiet', '--message', 'rehearsal']);
}
