import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type LocalRegistry, openLocalRegistry, type Upstream } from './local-registry.ts';
import { packPrebuilt } from './prebuilt.ts';
import { rehearsalEnv } from './rehearsal-env.ts';

/** Runs a command to its end and gives its stdout. @throws with all that it wrote, when it fails. */
export type Run = (
  cwd: string,
  command: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
) => Promise<string>;

/** A registry of its own, and a folder in which everything lies that the rehearsal makes. */
export interface Rehearsal {
  readonly folder: string;
  readonly registry: LocalRegistry;
  readonly env: NodeJS.ProcessEnv;
  readonly run: Run;
  /** Makes an empty folder for an app of a user, whose packages come from the registry. */
  readonly createApp: (name: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Compiling better-sqlite3 takes 90 s on two idle cores, where there is no build of it. */
const commandTimeoutMs = 280_000;

export async function openRehearsal(repository: string): Promise<Rehearsal> {
  const folder = await realpath(
    process.env.REHEARSAL_FOLDER ?? (await mkdtemp(join(tmpdir(), 'release-'))),
  );
  const env = await rehearsalEnv(repository);
  const run = runner(env);
  for (const name of ['registry', 'tmp', 'apps', 'prebuilt']) await mkdir(join(folder, name));
  env.TMPDIR = join(folder, 'tmp');
  // Where the headers of Node.js lie, for what has to be compiled: npm tells it to compilers, and pnpm by itself does not.
  const nodedir = await run(folder, 'npm', ['config', 'get', 'nodedir']);
  if (nodedir !== 'undefined') env.npm_config_nodedir = nodedir;
  env.npm_config_better_sqlite3_local_prebuilds = join(folder, 'prebuilt');
  await packPrebuilt(repository, join(folder, 'prebuilt'), run);

  const registry = await openLocalRegistry(
    join(folder, 'registry'),
    await readUpstream(folder, run),
    env,
  );
  env.npm_config_registry = registry.url;

  const createApp: Rehearsal['createApp'] = async (name) => {
    const app = join(folder, 'apps', name);
    await mkdir(app);
    await writeNpmrc(app, registry);
    await writeFile(join(app, 'package.json'), '{ "private": true, "type": "module" }\n');
    return app;
  };
  const close = async (): Promise<void> => {
    await registry.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  return { folder, registry, env, run, createApp, close };
}

/** Makes a folder take all packages from the registry, and lets it publish there. */
export async function writeNpmrc(target: string, { url, token }: LocalRegistry): Promise<void> {
  const text = `registry=${url}\n${url.replace('http:', '')}:_authToken=${token}\n`;
  await writeFile(join(target, '.npmrc'), text);
}

function runner(env: NodeJS.ProcessEnv): Run {
  return async (cwd, command, args, more) => {
    const result = await execa(command, args, {
      cwd,
      env: { ...env, ...more },
      extendEnv: false,
      stdin: 'ignore',
      all: true,
      reject: false,
      timeout: commandTimeoutMs,
    });
    if (result.failed) {
      const output = `--- output\n${result.all}\n--- end of output`;
      throw new Error(`${result.shortMessage}\nin ${cwd}\n${output}`);
    }
    return result.stdout;
  };
}

/** The registry of the user's npm configuration, which a project's `.npmrc` does not change here. */
async function readUpstream(folder: string, run: Run): Promise<Upstream> {
  const [url, cafile] = await Promise.all(
    ['registry', 'cafile'].map((key) => run(folder, 'npm', ['config', 'get', key])),
  );
  if (!url?.startsWith('http')) throw new Error('npm config names no registry');
  return { url, cafile: cafile === undefined || cafile === 'null' ? undefined : cafile };
}
