import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Report } from '../src/conformance/report.js';
import { fixture, temporaryFolder, world } from './world-command.js';

const QUICK = 'F3-one-winner,F5-chain';

const readReport = async (file: string): Promise<Report> =>
  JSON.parse(await readFile(file, 'utf8')) as Report;

test('runs the whole suite on a package, and reports every test', async () => {
  const file = join(await temporaryFolder(), 'report.json');
  const listed = JSON.parse((await world(['conformance', '--list', '--json'])).stdout) as unknown[];

  const { exitCode, stdout, stderr } = await world([
    ...['conformance', '@world/memory', '--report', file],
  ]);

  expect(exitCode).toBe(0);
  expect(stderr).toBe('');
  const { passed, failed, skipped, tests, target } = await readReport(file);
  expect(stdout.split('\n').at(-1)).toBe(`${passed} passed, 0 failed, ${skipped} skipped`);
  expect(stdout.split('\n')).toHaveLength(listed.length + 1);
  expect({ target, failed, tests: tests.length }).toEqual({
    target: '@world/memory',
    failed: 0,
    tests: listed.length,
  });
  expect(passed).toBeGreaterThan(0);
  expect(passed + skipped).toBe(listed.length);
  for (const { status, reason } of tests) {
    expect(reason === undefined).toBe(status === 'passed');
  }
});

test('a world with a fault fails, and the report says where', async () => {
  const file = join(await temporaryFolder(), 'report.json');

  const { exitCode, stdout } = await world([
    ...['conformance', fixture('unfenced.mjs'), '--report', file, '--only', QUICK],
  ]);

  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^✗ F3-one-winner .*\n {4}AssertionError/m);
  expect(stdout.split('\n').at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  const { failed, tests } = await readReport(file);
  expect(failed).toBe(1);
  expect(tests).toMatchObject([
    { id: 'F3-one-winner', status: 'failed', reason: expect.stringContaining('AssertionError') },
    { id: 'F5-chain', status: 'passed' },
  ]);
});

test('--json prints the report and nothing else', async () => {
  const { exitCode, stdout, stderr } = await world([
    ...['conformance', 'memory:', '--json', '--only', 'F5-chain'],
  ]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ target: 'memory:', passed: 1, failed: 0, skipped: 0 });
  expect(stderr).toMatch(/^✓ F5-chain/);
});

test('--only can be repeated, and keeps the order of the suite', async () => {
  const { stdout } = await world([
    ...['conformance', '--list', '--only', 'F5-chain', '--only', 'F3-one-winner'],
  ]);
  expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
    'F3-one-winner',
    'F5-chain',
  ]);
});

test('an unknown id is refused with the nearest ones', async () => {
  const { exitCode, stderr } = await world(['conformance', '@world/memory', '--only', 'F3-winer']);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error: no such test: F3-winer \(nearest: F3-one-winner, .*$/);
});

test('a package is found from the folder of the user', async () => {
  const cwd = await temporaryFolder();
  const folder = join(cwd, 'node_modules', '@acme', 'world');
  await mkdir(folder, { recursive: true });
  // Only importable: `require.resolve` would not find it.
  const manifest = { name: '@acme/world', type: 'module', exports: { '.': { import: './a.js' } } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(
    join(folder, 'a.js'),
    `export * from ${JSON.stringify(fixture('unfenced.mjs'))};`,
  );

  const { exitCode, stdout } = await world(['conformance', '@acme/world', '--only', QUICK], {
    cwd,
  });

  expect(stdout.split('\n').at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  expect(exitCode).toBe(1);
});

test('a package with files gets a new place, which is removed', async () => {
  const cwd = await temporaryFolder();
  const places = join(cwd, 'tmp');
  await mkdir(places);
  const env = { TMPDIR: places, TEMP: places, WORKFLOW_WORLD_URL: `sqlite:${cwd}/mine.db` };

  const { exitCode } = await world(['conformance', '@world/sqlite', '--only', QUICK], { cwd, env });

  expect(exitCode).toBe(0);
  expect(await readdir(places)).toEqual([]);
  expect(await readdir(cwd)).toEqual(['tmp']);
});

test('a URL names the package and the place; namespaces are removed', async () => {
  const cwd = await temporaryFolder();
  const { exitCode } = await world(['conformance', 'sqlite:./a.db', '--only', QUICK], { cwd });
  expect(exitCode).toBe(0);
  expect(await readdir(cwd)).toContain('a.db');
});

test('every namespace that was opened is removed', async () => {
  const env = { RECORD_FILE: join(await temporaryFolder(), 'record') };
  const { exitCode } = await world(
    ['conformance', fixture('recording.mjs'), '--only', 'F3-one-winner'],
    { env },
  );
  expect(exitCode).toBe(0);
  await expectAllRemoved(env.RECORD_FILE);
});

test('a world that cannot remove namespaces passes all the same', async () => {
  const { exitCode, stderr } = await world([
    ...['conformance', fixture('without-removal.mjs'), '--only', QUICK],
  ]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

test('Ctrl-C closes and removes everything, and ends with 130', async () => {
  const env = { RECORD_FILE: join(await temporaryFolder(), 'record'), HANG: '1' };
  const running = world(['conformance', fixture('recording.mjs'), '--only', 'F5-chain'], { env });
  await expect.poll(() => readFile(env.RECORD_FILE, 'utf8').catch(() => '')).toContain('hang');

  running.kill('SIGINT');
  running.kill('SIGINT');

  expect((await running).exitCode).toBe(130);
  await expectAllRemoved(env.RECORD_FILE);
});

test('a test that does not end fails, and the others run', async () => {
  const { exitCode, stdout } = await world([
    ...['conformance', fixture('silent.mjs'), '--only', 'F5-chain', '--timeout', '0.2'],
  ]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('did not end within 0.2 s');
  expect(stdout.split('\n').at(-1)).toBe('0 passed, 1 failed, 0 skipped');
});

test('an error that escapes from a world fails the test', async () => {
  const { exitCode, stdout } = await world([
    ...['conformance', fixture('escaping.mjs'), '--only', 'F5-chain'],
  ]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('an error escaped: Error: nobody sees me');
});

async function expectAllRemoved(file: string): Promise<void> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const namespacesOf = (what: string): Set<string | undefined> =>
    new Set(lines.filter((line) => line.startsWith(what)).map((line) => line.split(' ')[1]));
  expect(namespacesOf('open').size).toBeGreaterThan(0);
  expect(namespacesOf('remove')).toEqual(namespacesOf('open'));
}
