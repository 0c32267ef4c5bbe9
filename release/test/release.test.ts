import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SharedRedis, sharedRedisUrl } from '@world/redis-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  checkTypes,
  exampleFiles,
  type Resolution,
  requireModules,
  runExample,
  withAddresses,
  writeModules,
} from './app-checks.ts';
import { type ConformanceRun, runConformance, serveWorld } from './conformance.ts';
import { freePort } from './free-port.ts';
import { addPackages, managers, writeSettings } from './package-managers.ts';
import { readPublicPackages } from './public-packages.ts';
import { readExample } from './readme-example.ts';
import { openRehearsal, type Rehearsal, writeNpmrc } from './rehearsal.ts';
import { copyRepository, origin } from './repository-copy.ts';
import { scaffoldAdapter } from './scaffold.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const packages = readPublicPackages(repository);
const names = packages.map(({ name }) => name);
const resolutions: readonly Resolution[] = ['bundler', 'node16'];

let rehearsal: Rehearsal;
let redis: SharedRedis;
/** A folder in which nothing but the CLI is installed. */
let cli: string;
let published = false;

beforeAll(async () => {
  rehearsal = await openRehearsal(repository);
  redis = await sharedRedisUrl();
});

afterAll(async () => {
  await redis?.stop();
  await rehearsal?.close();
});

beforeEach(({ task, skip }) => {
  if (!published && task.suite !== undefined) skip('nothing was published');
});

afterEach(({ task }) => {
  if (task.result?.state !== 'fail' || !/install|publish/.test(task.name)) return;
  console.error(`registry log:\n${rehearsal.registry.log()}`);
});

test('the scripts version-packages and release publish every package', async () => {
  const { folder, run, registry } = rehearsal;
  const copy = join(folder, 'copy');
  await mkdir(copy);
  await writeNpmrc(copy, registry);
  await copyRepository(repository, copy, run);
  await run(copy, 'pnpm', ['install', '--frozen-lockfile', '--prefer-offline']);
  await run(copy, 'pnpm', ['run', 'version-packages']);
  await run(copy, 'pnpm', ['run', 'release']);

  const versions = new Set<unknown>();
  for (const { name, directory } of packages) {
    const manifest = await readPublished(name);
    versions.add(manifest.version);
    // A range that only the workspace understands makes a package that nobody can install.
    expect(JSON.stringify(manifest.dependencies ?? {}), name).not.toMatch(/workspace:|catalog:/);
    expect(manifest.repository, name).toMatchObject({ url: `git+${origin}.git`, directory });
    const changelog = await readFile(join(copy, directory, 'CHANGELOG.md'), 'utf8');
    expect(changelog, name).toContain(`](${origin}/commit/`);
  }
  expect(versions.size, 'the packages are one fixed group').toBe(1);
  expect([...versions][0]).not.toBe('0.0.0');
  published = true;
});

describe.each(packages)('$name', ({ name, modules, readme }) => {
  const example = readExample(readme);
  let app: string;

  test('installs alone with npm', async () => {
    app = await rehearsal.createApp(name.replace('@world/', ''));
    if (name === '@world/cli') cli = app;
    await addPackages(rehearsal, 'npm', app, [name]);
    expect(existsSync(join(app, 'node_modules', name, 'LICENSE'))).toBe(true);
  });

  if (modules.length > 0) {
    test('is required from CommonJS', async () => {
      const exports = await requireModules(rehearsal, app, modules);
      expect(exports).not.toContain(0);
    });

    test.each(resolutions)('has types for moduleResolution %s', async (resolution) => {
      await checkTypes(rehearsal, app, resolution, await writeModules(app, modules));
    });
  }

  if (example !== undefined) {
    const others = example.imports.filter((one) => one !== name);

    test('the example of its README runs, and prints what it says', async () => {
      if (others.length > 0) await addPackages(rehearsal, 'npm', app, others);
      const programs = withAddresses(example, { redisUrl: redis.url, port: await freePort() });
      expect(await runExample(rehearsal, app, programs)).toEqual(example.prints);
    });

    test.each(resolutions)('the example has types for moduleResolution %s', async (resolution) => {
      await checkTypes(rehearsal, app, resolution, exampleFiles(example.programs));
    });
  }
});

describe('world conformance, with each world installed alone', () => {
  const world = (): readonly [string] => [join(cli, 'node_modules', '.bin', 'world')];
  const appOf = (name: string): string => join(rehearsal.folder, 'apps', name);

  test('@world/memory passes all of it', async () => {
    await expectSound({ app: appOf('memory'), world: world(), target: '@world/memory' });
  });

  test('@world/sqlite passes', async () => {
    const only = await idsOfSample(world());
    await expectSound({ app: appOf('sqlite'), world: world(), target: '@world/sqlite', only });
  });

  test('@world/redis passes', async () => {
    const only = await idsOfSample(world());
    const { url } = redis;
    await expectSound({ app: appOf('redis'), world: world(), target: '@world/redis', url, only });
  });

  test('@world/remote-http passes against world serve', async () => {
    const only = await idsOfSample(world());
    const app = appOf('remote-http');
    // Its README's example has brought @world/sqlite.
    const served = await serveWorld(rehearsal, app, world(), 'sqlite:./served.db');
    try {
      const { url } = served;
      await expectSound({ app, world: world(), target: '@world/remote-http', url, only });
    } finally {
      await served.stop();
    }
  });
});

test('npm create @world@latest makes an adapter, whose suite passes but for what memory cannot', async ({
  skip,
}) => {
  if (!published) skip('nothing was published');
  const adapter = await scaffoldAdapter(rehearsal);
  const suite = (pattern: string) =>
    rehearsal.run(adapter, 'npm', ['test', '--', '--testNamePattern', pattern]);
  await suite('\\[F\\d+-(?!\\S*processes)');
  await expect(suite('\\[F3-one-winner-processes\\]')).rejects.toThrow('F3-one-winner-processes');
});

describe.each(['pnpm', 'yarn'] as const)('%s', (manager) => {
  let app: string;
  const { exec } = managers[manager];

  test('installs all packages', async () => {
    app = await rehearsal.createApp(manager);
    await writeSettings(rehearsal, manager, app);
    await addPackages(rehearsal, manager, app, names);
    expect(existsSync(join(app, 'node_modules', '.bin', 'world'))).toBe(true);
  });

  test('runs the example of the README of this repository', async () => {
    const example = readExample(await readFile(join(repository, 'README.md'), 'utf8'));
    if (example === undefined) throw new Error('README.md has no example');
    expect(await runExample(rehearsal, app, example.programs)).toEqual(example.prints);
    for (const resolution of resolutions) {
      await checkTypes(rehearsal, app, resolution, exampleFiles(example.programs));
    }
  });

  test('runs world conformance', async () => {
    const only = ['F3-one-winner', 'F3-one-winner-processes'];
    await expectSound({ app, world: [...exec, 'world'], target: '@world/sqlite', only });
  });
});

async function expectSound(conformance: Omit<ConformanceRun, 'only'> & Partial<ConformanceRun>) {
  const result = await runConformance(rehearsal, { only: [], ...conformance });
  expect(result).toMatchObject({ failed: 0, passed: expect.any(Number) });
  expect(result.passed).toBeGreaterThan(0);
}

/** The fences, and of the log, streams and queue one law each: the whole suite runs in the packages' own tests. */
async function idsOfSample([world]: readonly [string]): Promise<readonly string[]> {
  const tests: readonly { readonly id: string }[] = JSON.parse(
    await rehearsal.run(cli, world, ['conformance', '--list', '--json']),
  );
  return tests.map(({ id }) => id).filter((id) => /^(F\d+|L2|C2|Q4)-/.test(id));
}

async function readPublished(name: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${rehearsal.registry.url}${name}/latest`);
  expect(response.status, `${name} is in the local registry`).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}
