import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type LocalRegistry, openLocalRegistry, type Upstream } from './local-registry.ts';
import { rehearsalEnv } from './rehearsal-env.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const published = [
  '@world/contract',
  '@world/delivery',
  '@world/memory',
  '@world/sqlite',
  '@world/redis',
  '@world/remote-http',
  '@world/runtime',
  '@world/cli',
];

let folder: string;
let env: NodeJS.ProcessEnv;
let registry: LocalRegistry;
/** Commands end before the test runner gives up, so that their output is shown. */
let deadline: number;

beforeAll(async () => {
  deadline = Date.now() + 100_000;
  folder = await realpath(await mkdtemp(join(tmpdir(), 'release-')));
  env = await rehearsalEnv(repository);
  // Where the headers of Node.js lie, for what has to be compiled: npm tells it to compilers, and pnpm by itself does not.
  const nodedir = await run(folder, 'npm', ['config', 'get', 'nodedir']);
  if (nodedir !== 'undefined') env.npm_config_nodedir = nodedir;
  await mkdir(join(folder, 'registry'));
  registry = await openLocalRegistry(join(folder, 'registry'), await readUpstream(), env);
  env.npm_config_registry = registry.url;
}, 120_000);

afterAll(async () => {
  await registry?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

beforeEach(({ task }) => {
  deadline = Date.now() + task.timeout - 5_000;
});

afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(`registry log:\n${registry.log()}`);
});

test('changeset version and changeset publish release every package', async () => {
  const copy = join(folder, 'copy');
  await copyRepository(copy);
  await writeNpmrc(copy);
  await run(copy, 'git', ['init', '--quiet', '--initial-branch', 'main']);
  await run(copy, 'git', ['add', '--all']);
  await run(copy, 'git', ['commit', '--quiet', '--message', 'rehearsal']);
  await run(copy, 'pnpm', ['install', '--frozen-lockfile', '--prefer-offline']);
  await run(copy, 'pnpm', ['build']);
  await run(copy, 'pnpm', ['exec', 'changeset', 'version']);
  await run(copy, 'pnpm', ['exec', 'changeset', 'publish']);

  const versions = new Set<unknown>();
  for (const name of published) {
    const manifest = await readPublished(name);
    versions.add(manifest.version);
    // A range that only the workspace understands makes a package that nobody can install.
    expect(JSON.stringify(manifest.dependencies ?? {}), name).not.toMatch(/workspace:|catalog:/);
  }
  expect(versions.size, 'the packages are one fixed group').toBe(1);
  expect([...versions][0]).not.toBe('0.0.0');
}, 150_000);

test('an empty folder that installs the CLI and the SQLite world passes conformance', async () => {
  const app = join(folder, 'app');
  await mkdir(app);
  await writeNpmrc(app);
  await writeFile(join(app, 'package.json'), '{ "private": true, "type": "module" }\n');
  await writeFile(
    join(app, 'pnpm-workspace.yaml'),
    [
      'allowBuilds: { better-sqlite3: true, cbor-extract: false }',
      // They were published a moment ago.
      "minimumReleaseAgeExclude: ['@world/*']",
      '',
    ].join('\n'),
  );
  // Compiling better-sqlite3 takes 90 s on two cores when the pnpm store has no build of it.
  await run(app, 'pnpm', ['add', '@world/cli', '@world/sqlite']);
  expect(existsSync(join(app, 'node_modules', '.bin', 'world'))).toBe(true);

  const args = ['world', 'conformance', '@world/sqlite', '--report', 'report.json'];
  const stdout = await run(app, 'npx', ['--no-install', ...args]);

  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^[1-9]\d* passed, 0 failed, \d+ skipped$/);
  const report: unknown = JSON.parse(await readFile(join(app, 'report.json'), 'utf8'));
  expect(report).toMatchObject({ failed: 0 });
}, 400_000);

/** Runs a command to its end and returns its stdout; a failure shows all that the command wrote. */
async function run(cwd: string, command: string, args: string[]): Promise<string> {
  const result = await execa(command, args, {
    cwd,
    env,
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    timeout: Math.max(1, deadline - Date.now()),
  });
  if (result.failed) {
    throw new Error(
      `${result.shortMessage}\nin ${cwd}\n--- output\n${result.all}\n--- end of output`,
    );
  }
  return result.stdout;
}

/** The working tree as it would be committed now. */
async function copyRepository(target: string): Promise<void> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = (await run(repository, 'git', list)).split('\0').filter((file) => file !== '');
  for (const file of new Set(files)) {
    const source = join(repository, file);
    if (!existsSync(source)) continue;
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(source, join(target, file));
  }
}

async function writeNpmrc(target: string): Promise<void> {
  const { url, token } = registry;
  const text = `registry=${url}\n${url.replace('http:', '')}:_authToken=${token}\n`;
  await writeFile(join(target, '.npmrc'), text);
}

async function readPublished(name: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${registry.url}${name}/latest`);
  expect(response.status, `${name} is in the local registry`).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

/** The registry of the user's npm configuration, which a project's `.npmrc` does not change here. */
async function readUpstream(): Promise<Upstream> {
  const [url, cafile] = await Promise.all(
    ['registry', 'cafile'].map((key) => run(folder, 'npm', ['config', 'get', key])),
  );
  if (!url?.startsWith('http')) throw new Error('npm config names no registry');
  return { url, cafile: cafile === undefined || cafile === 'null' ? undefined : cafile };
}
