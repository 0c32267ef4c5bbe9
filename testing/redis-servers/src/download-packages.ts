import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const SYSTEM_SOURCES = '/etc/apt/sources.list.d';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Downloads packages, and those that they need and the system does not have, below `work`, an empty folder. They come from
 * where the system gets its packages from. apt's lists and caches lie in `work`, too: those of the system are neither used
 * nor changed.
 */
export async function downloadPackages(
  work: string,
  packages: readonly string[],
): Promise<string[]> {
  const archives = join(work, 'cache', 'archives');
  const sources = join(work, 'sources.d');
  const lists = join(work, 'lists');
  for (const folder of [join(archives, 'partial'), join(lists, 'partial'), sources]) {
    await mkdir(folder, { recursive: true });
  }
  for (const file of await readdir(SYSTEM_SOURCES).catch(() => [])) {
    await symlink(join(SYSTEM_SOURCES, file), join(sources, file));
  }
  const apt = (...args: string[]): Promise<string> =>
    aptGet([
      ...['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${join(work, 'cache')}`],
      // Nothing of the system is written, so its locks are not needed.
      ...['-o', `Dir::Etc::sourceparts=${sources}`, '-o', 'Debug::NoLocking=true'],
      ...['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=30'],
      ...args,
    ]);

  const backports = await backportsSource(await apt('update', '--print-uris'));
  if (backports !== undefined) await writeFile(join(sources, 'backports.list'), backports);
  // One source that does not answer need not be the one that has the packages.
  let failure: Error | undefined;
  const note = (error: Error): void => {
    failure ??= error;
  };
  await apt('update', '-o', 'APT::Update::Error-Mode=any').catch(note);
  const flags = ['--yes', '--download-only', '--reinstall', '--no-install-recommends'];
  await apt('install', ...flags, ...packages).catch(note);
  const files = (await readdir(archives)).filter((file) => file.endsWith('.deb'));
  if (files.length === 0) throw failure ?? new Error(`apt-get: no ${packages.join(', ')}`);
  return files.map((file) => join(archives, file));
}

/** Debian 12 has newer packages in a suite of its own; apt takes from there only what is nowhere else. */
async function backportsSource(uris: string): Promise<string | undefined> {
  const release = await readFile('/etc/os-release', 'utf8');
  if (!release.includes('VERSION_CODENAME=bookworm')) return undefined;
  const mirror = /^'(.+)\/dists\/bookworm\/InRelease'/m.exec(uris)?.[1];
  const option = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  return mirror === undefined ? undefined : `deb ${option}${mirror} bookworm-backports main\n`;
}

async function aptGet(args: readonly string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  try {
    const { stdout } = await run('apt-get', args, { env, timeout: 300_000 });
    return stdout;
  } catch (cause) {
    const { message, stderr } = cause as Error & { stderr?: string };
    const line = (stderr ?? '').split('\n').find((one) => one.startsWith('E: ')) ?? message;
    throw new Error(`apt-get: ${line.split('\n')[0]}`, { cause });
  }
}
