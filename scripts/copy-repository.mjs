// usage: copy-repository.mjs <folder>
// Copies the working tree, as it would be committed now, into a folder that is made for it.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export function copyRepository(target) {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { status, stdout, stderr, error } = spawnSync('git', list, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ls-files failed: ${error?.message ?? stderr}`);
  for (const file of new Set(stdout.split('\0'))) {
    const source = join(ROOT, file);
    // The list also has what was removed and not committed yet.
    if (file !== '' && existsSync(source)) cpSync(source, join(target, file));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [target] = process.argv.slice(2);
  if (target === undefined) throw new Error('usage: copy-repository.mjs <folder>');
  copyRepository(resolve(target));
}
