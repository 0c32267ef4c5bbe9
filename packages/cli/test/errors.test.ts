import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixture, temporaryFolder, world } from './world-command.js';

const cases: readonly { readonly args: readonly string[]; readonly says: string }[] = [
  {
    args: ['conformance', '@world/no-such'],
    says: '@world/no-such is not installed; run: npm install @world/no-such',
  },
  {
    args: ['conformance', '@world/sqlit'],
    says: '@world/sqlit is not installed; did you mean @world/sqlite?',
  },
  { args: ['conformance', 'sqlite'], says: 'did you mean @world/sqlite?' },
  { args: ['conformance', './missing.mjs'], says: 'missing.mjs does not exist; check the path' },
  { args: ['conformance', fixture('..')], says: 'is no module; name one (./my-world.mjs)' },
  { args: ['conformance', 'foo://bar'], says: 'no world package is known for foo: URLs' },
  { args: ['conformance', 'not a target'], says: '"not a target" names no world' },
  { args: ['conformance', 'memory:x'], says: 'url: is memory:x, expected memory:' },
  { args: ['conformance', 'sqlite://host/x.db'], says: 'names no file; write sqlite:./world.db' },
  { args: ['conformance', 'sqlite:./no/folder.db'], says: 'does not exist; create it' },
  { args: ['conformance'], says: 'which world? name a target' },
  {
    args: ['conformance', 'memory:', '--report', './no/report.json'],
    says: 'does not exist; create it first',
  },
  { args: ['conformance', 'memory:', '--report', '.'], says: '--report . is a folder' },
  { args: ['conformance', 'memory:', '--timeout', 'soon'], says: "argument 'soon' is invalid" },
  {
    args: ['conformance', fixture('without-create-world.mjs')],
    says: 'exports no createWorld; a world module exports createWorld({ url, namespace })',
  },
  {
    args: ['conformance', fixture('without-capabilities.mjs')],
    says: 'exports no capabilities; export an object with durable, shared, queue, streams, push',
  },
  { args: ['conformance', fixture('half-capabilities.mjs')], says: 'add queue, streams, push' },
  { args: ['conformance', fixture('no-world.mjs')], says: 'it has no events, runs, steps' },
  { args: ['conformance', fixture('failing-import.mjs')], says: 'the driver is missing' },
  { args: ['conformance', fixture('unreachable.mjs')], says: 'connect ECONNREFUSED 127.0.0.1:1' },
  { args: ['inspect', fixture('deaf.mjs'), 'runs'], says: 'the world did not answer' },
  { args: ['inspect', 'sqlite:./missing.db', 'runs'], says: 'missing.db does not exist' },
  { args: ['inspect', '@world/sqlite', 'runs'], says: 'give its URL, e.g. sqlite:./world.db' },
  { args: ['inspect', 'memory:', 'everything'], says: 'Allowed choices are runs, events' },
  { args: ['inspect', 'memory:', 'events'], says: 'of which run?' },
  { args: ['inspect', 'memory:', 'runs', 'wrun_1'], says: 'runs takes no id' },
  {
    args: ['inspect', 'memory:', 'run', 'wrun_1'],
    says: 'run wrun_1 does not exist (RUN_NOT_FOUND)',
  },
  { args: ['inspect', 'memory:', 'steps', 'wrun_1'], says: 'run wrun_1 does not exist' },
  { args: ['inspect', 'memory:', 'runs', '--limit', '0'], says: 'no number from 1 to 1000' },
  { args: ['inspect', 'memory:', 'runs', '--cursor', 'x'], says: 'was not given by this list' },
  { args: ['inspect', 'memory:', 'runs', '--follow'], says: '--follow goes with events only' },
  { args: ['inspect', 'memory:', 'hooks', '--status', 'failed'], says: 'go with runs only' },
  { args: ['copy', 'sqlite:./missing.db', 'sqlite:./new.db'], says: 'missing.db does not exist' },
  { args: ['copy', 'memory:', 'memory:'], says: 'the two worlds are one' },
  { args: ['copy', 'sqlite:./a.db', 'sqlite:a.db'], says: 'the two worlds are one' },
  {
    args: ['copy', 'sqlite:a.db', 'sqlite:a.db', '--to-namespace', 'default'],
    says: 'the two worlds are one',
  },
  {
    args: ['copy', 'memory:', 'memory:', '--to-namespace', 'x', '--run', 'wrun_1'],
    says: 'run wrun_1 does not exist',
  },
  { args: ['conformence'], says: "unknown command 'conformence' (Did you mean conformance?)" },
  { args: ['copy', 'memory:'], says: "missing required argument 'to'" },
];

describe('what cannot be done is said in one line, with exit code 2', () => {
  test.each(cases)('$args', async ({ args, says }) => {
    const cwd = await temporaryFolder();
    const { exitCode, stdout, stderr } = await world(args, { cwd });
    expect(stderr).toContain(says);
    expect(stderr.split('\n')).toHaveLength(1);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(await readdir(cwd), 'nothing is left behind').toEqual([]);
  });
});

test('a database that is named without its scheme is answered with the URL', async () => {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'world.db'), '');
  for (const target of ['world.db', './world.db', join(cwd, 'world.db')]) {
    const { exitCode, stderr } = await world(['inspect', target, 'runs'], { cwd });
    expect(stderr).toContain('world.db is no module; name one (./my-world.mjs), or the URL');
    expect(stderr.split('\n')).toHaveLength(1);
    expect(exitCode).toBe(2);
  }
});

test('DEBUG=world shows where an error comes from', async () => {
  const { stderr } = await world(['conformance', fixture('failing-import.mjs')], {
    env: { DEBUG: 'other,world' },
  });
  expect(stderr).toContain('failing-import.mjs:1');
});

describe('--help', () => {
  test.each([[], ['conformance'], ['inspect'], ['copy']])('of world %s', async (...command) => {
    const { exitCode, stdout } = await world([...command, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Examples:\n');
    expect(stdout).toContain('Exit code: ');
  });
});

test('--version', async () => {
  const { exitCode, stdout } = await world(['--version']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
});
