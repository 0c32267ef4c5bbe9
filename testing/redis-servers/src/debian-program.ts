import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { downloadPackages } from './download-packages.js';
import { withFileLock } from './file-lock.js';

const run = promisify(execFile);

const WORK = 'work-';

/**
 * The path of a program of Debian packages that are unpacked into a cache folder, together with those that they need and
 * the system does not have. It changes nothing on the system and starts no service. Processes that call it at once download once.
 */
export async function debianProgram(name: string, packages: readonly string[]): Promise<string> {
  if (!existsSync('/etc/debian_version')) throw new Error('this is not Debian or Ubuntu');
  const cache = await openCache();
  const unpacked = join(cache, name);
  const program = join(unpacked, name);
  if (await works(program)) return program;
  return withFileLock(join(cache, 'lock'), async () => {
    if (await works(program)) return program;
    for (const entry of await readdir(cache)) {
      const left = entry === name || entry.startsWith(WORK);
      if (left) await rm(join(cache, entry), { recursive: true, force: true });
    }
    const work = await mkdtemp(join(cache, WORK));
    try {
      const root = join(work, 'root');
      for (const file of await downloadPackages(work, packages)) {
        await run('dpkg', ['--extract', file, root]);
      }
      await writeFile(join(root, name), await launcher(root, name), { mode: 0o755 });
      await run(join(root, name), ['--version']);
      await rename(root, unpacked);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
    return program;
  });
}

/** A folder that only this user can write to: what lies there is executed. */
async function openCache(): Promise<string> {
  const user = process.getuid?.() ?? 0;
  const version = (await readFile('/etc/debian_version', 'utf8')).trim().replace(/[^\w.]/g, '-');
  const folder = join(tmpdir(), `world-redis-servers-${user}-${process.arch}-${version}`);
  await mkdir(folder, { mode: 0o755, recursive: true });
  const status = await lstat(folder);
  if (!status.isDirectory() || status.uid !== user || (status.mode & 0o022) !== 0) {
    throw new Error(`${folder} is not a folder that only user ${user} can write to`);
  }
  return folder;
}

function works(program: string): Promise<boolean> {
  return run(program, ['--version']).then(
    () => true,
    () => false,
  );
}

/** A script that becomes the program, with the libraries that were unpacked beside it. */
async function launcher(root: string, name: string): Promise<string> {
  const folders: string[] = [];
  for (const parent of ['lib', 'usr/lib']) {
    const entries = await readdir(join(root, parent)).catch(() => []);
    for (const entry of entries.filter((one) => one.includes('-linux-'))) {
      folders.push(`$root/${parent}/${entry}`);
    }
  }
  return [
    '#!/bin/sh',
    'root=$(dirname "$0")',
    ...(folders.length === 0 ? [] : [`export LD_LIBRARY_PATH="${folders.join(':')}"`]),
    `exec "$root/usr/bin/${name}" "$@"`,
    '',
  ].join('\n');
}
