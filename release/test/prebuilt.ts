import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Run } from './rehearsal.ts';

const binary = 'build/Release/better_sqlite3.node';

/**
 * Lays the build of better-sqlite3 that this repository has into `folder`, as the archive that its installer looks for
 * before it downloads or compiles one. Three package managers would compile it for 90 s each. An installer that
 * wants another version, or another platform, finds nothing here, and does what it does elsewhere.
 */
export async function packPrebuilt(repository: string, folder: string, run: Run): Promise<void> {
  const link = join(repository, 'packages/sqlite/node_modules/better-sqlite3');
  if (!existsSync(join(link, binary))) return;
  const installed = await realpath(link);
  const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  const abi = `node-v${process.versions.modules}-${process.platform}-${process.arch}`;
  const archive = join(folder, `better-sqlite3-v${version}-${abi}.tar.gz`);
  await run(dirname(archive), 'tar', ['-czf', archive, '-C', installed, binary]);
}
