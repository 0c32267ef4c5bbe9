import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { tests } from '@world/contract/conformance';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectDone, type Packed, packed } from './packed.js';

const INSTALL_MS = 180_000;
/** The whole suite; two of its tests wait for long until they fail. */
const SUITE_MS = 400_000;

let place: Packed;

beforeAll(async () => {
  place = await packed();
}, INSTALL_MS);

afterAll(() => place?.remove());

interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

/** What failed: the id of a test of the suite, the file of another one. */
const failedIn = ({ testResults }: Results): string[] =>
  testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ title }) => /\[(.+)\]$/.exec(title)?.[1] ?? basename(name)),
  );

test(
  'a new adapter passes all tests but those that memory cannot, which its README names',
  async () => {
    await expectDone(place.create(['my-adapter']));
    const adapter = join(place.folder, 'my-adapter');
    const install = ['install', '--no-audit', '--no-fund', ...place.tarballs];
    await expectDone(place.run(adapter, 'npm', install));
    await expectDone(place.run(adapter, 'npm', ['run', 'typecheck']));

    const args = ['test', '--', '--reporter=json', '--outputFile=results.json'];
    const { exitCode } = await place.run(adapter, 'npm', args);
    expect(exitCode).toBe(1);

    const results = JSON.parse(await readFile(join(adapter, 'results.json'), 'utf8')) as Results;
    const all = results.testResults.flatMap(({ assertionResults }) => assertionResults);
    expect(results.testResults.map(({ message }) => message)).toEqual(['', '']);
    expect(all).toHaveLength(tests.length + 1);
    expect(all.filter(({ status }) => !['passed', 'failed'].includes(status))).toEqual([]);

    const shared = tests.filter(({ needs }) => needs.includes('shared')).map(({ id }) => id);
    expect(failedIn(results).sort()).toEqual(['killed-writers.test.ts', ...shared].sort());
    const readme = await readFile(join(adapter, 'README.md'), 'utf8');
    const told = [...readme.matchAll(/^- `(.+)`$/gm)].map(([, name]) => name);
    expect(told).toEqual(['killed-writers.test.ts', ...shared]);
  },
  SUITE_MS,
);

test('names go into the files, and dependencies are those that it was tested with', async () => {
  const args = ['scoped', '--name', '@acme/my_world', '--json'];
  const { stdout } = await expectDone(place.create(args));
  const folder = join(place.folder, 'scoped');
  const told = JSON.parse(stdout) as { files: readonly string[] };
  expect(told).toMatchObject({ packageName: '@acme/my_world', scheme: 'my-world', folder });
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((one) => one.isFile());
  expect(told.files).toHaveLength(files.length);
  expect(told.files).toContain('.gitignore');

  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({ name: '@acme/my_world', private: true });
  const ranges = { ...manifest.dependencies, ...manifest.devDependencies };
  for (const [name, range] of Object.entries(ranges)) expect(range, name).toMatch(/^\^\d/);
});

test('a name that is no URL scheme is made one', async () => {
  await expectDone(place.create(['2-files_world']));
  const path = join(place.folder, '2-files_world', 'src', 'create-world.ts');
  expect(await readFile(path, 'utf8')).toContain("const SCHEME = 'files-world:';");
});

test('nothing is overwritten', async () => {
  const folder = join(place.folder, 'taken');
  await mkdir(folder);
  for (const name of ['a', 'b', 'c', 'd']) await writeFile(join(folder, name), name);
  expect(await place.create(['taken'])).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: `error: ${folder} is not empty (a, b, c, and 1 more); name another folder, or empty it`,
  });
  expect(await readdir(folder)).toEqual(['a', 'b', 'c', 'd']);
  expect(await place.create(['taken/a'])).toMatchObject({
    exitCode: 2,
    stderr: `error: ${folder}/a is no folder; name another one`,
  });
});

test('a folder with an empty repository is empty', async () => {
  const folder = join(place.folder, 'repository');
  await mkdir(join(folder, '.git'), { recursive: true });
  await expectDone(place.create(['repository']));
  expect(await readdir(folder)).toContain('package.json');
});

test.each([
  [[], "missing required argument 'folder'"],
  [['a', 'b'], 'too many arguments'],
  [['a', '--nam', 'b'], 'Did you mean --name?'],
  [['A b'], '"A b" is no package name'],
  [['ok', '--name', '../up'], '"../up" is no package name'],
])('%j is refused in one line', async (args, message) => {
  const before = await readdir(place.folder);
  const { exitCode, stdout, stderr } = await place.create(args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('\n');
  expect(await readdir(place.folder)).toEqual(before);
});

test('--help has examples, --version is that of the package', async () => {
  const { stdout } = await expectDone(place.create(['--help']));
  expect(stdout).toContain('npm create @world@latest my-world\n');
  expect((await expectDone(place.create(['-V']))).stdout).toMatch(/^\d+\.\d+\.\d+/);
});
