import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** The packages of this repository as tarballs, and `@world/create` installed from one. */
export interface Packed {
  /** An empty folder, for what is created. */
  readonly folder: string;
  /** What an adapter depends on, as npm takes it. */
  readonly tarballs: readonly string[];
  /** Runs the command as `npm create` does. */
  create(args: readonly string[]): Promise<Ended>;
  run(cwd: string, command: string, args: readonly string[]): Promise<Ended>;
  remove(): Promise<void>;
}

export interface Ended {
  readonly exitCode?: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const PACKAGES = fileURLToPath(new URL('../../', import.meta.url));
const TIMEOUT_MS = 400_000;

/** A user's environment: nothing of the package manager, task runner or test runner that started this process. */
function userEnv(): NodeJS.ProcessEnv {
  const ours =
    /^(npm_|pnpm_|turbo_|vitest|world_|workflow_|node_(env|options|path)$|init_cwd$|test$)/i;
  const own = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(own), NO_COLOR: '1' };
}

/** Packs what is needed, and installs the command. */
export async function packed(): Promise<Packed> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'world-create-')));
  const env = userEnv();
  const run = (cwd: string, command: string, args: readonly string[]): Promise<Ended> =>
    execa(command, args, {
      cwd,
      env,
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      timeout: TIMEOUT_MS,
    });
  const [tarballs, tool, folder] = ['tarballs', 'tool', 'created'].map((name) => join(root, name));
  if (tarballs === undefined || tool === undefined || folder === undefined) throw new Error();
  for (const path of [tarballs, tool, folder]) await mkdir(path);
  for (const name of ['contract', 'delivery', 'create']) {
    const pack = ['-y', 'pnpm@12', 'pack', '--pack-destination', tarballs];
    await expectDone(run(join(PACKAGES, name), 'npx', pack));
  }
  const files = (await readdir(tarballs)).map((file) => join(tarballs, file));
  const isTool = (file: string): boolean => /world-create-\d/.test(file);
  const install = ['install', '--no-audit', '--no-fund', ...files.filter(isTool)];
  await expectDone(run(tool, 'npm', ['init', '--yes']));
  await expectDone(run(tool, 'npm', install));
  return {
    folder,
    tarballs: files.filter((file) => !isTool(file)),
    create: (args) => run(folder, join(tool, 'node_modules', '.bin', 'create-world'), args),
    run,
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** @throws with all that it wrote, unless the command ends with 0. */
export async function expectDone(running: Promise<Ended>): Promise<Ended> {
  const ended = await running;
  if (ended.exitCode === 0) return ended;
  throw new Error(`exit code ${ended.exitCode}\n${ended.stdout}\n${ended.stderr}`);
}
