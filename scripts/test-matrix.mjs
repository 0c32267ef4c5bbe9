// Runs the tests of packages under other versions of Node.js, see HELP.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { copyRepository } from './copy-repository.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const HELP = `usage: npx -y pnpm@12 test-matrix [--node <version>]... [--package <name>]... [--all]

Builds packages and runs their tests under other versions of Node.js, all at once, in copies of this repository: what is
compiled for one version does not disturb another. Node.js comes from npm. Of a package that has the conformance suite among its
tests, that suite is run: what depends on Node.js shows there, and whole suites take four times as long.

  --node <version>  22 and 24 by default; repeat it for more
  --package <name>  @world/contract, @world/memory and @world/sqlite by default; repeat it for more
  --all             runs all tests of the packages
  --help            prints this

Exit code: 0 all passed, 1 something failed, 2 it could not be done; 128 + the signal's number after Ctrl-C.

Examples:
  npx -y pnpm@12 test-matrix
  npx -y pnpm@12 test-matrix --node 24 --package @world/sqlite`;

/**
 * Whose headers are taken where something has to be compiled, when not a version's own. With those of 24.19 and later what
 * better-sqlite3 12 makes ends the process at a garbage collection; its published binaries are made with earlier ones.
 * https://github.com/nodejs/node/issues/65446
 */
const HEADERS = { 24: '24.18' };
const headersOf = (version) => HEADERS[Number.parseInt(version, 10)] ?? version;

const SUITE = 'test/conformance.test.ts';
const DEFAULT_VERSIONS = ['22', '24'];
const DEFAULT_PACKAGES = ['@world/contract', '@world/memory', '@world/sqlite'];

/** Processes that are under way, each at the head of a group with all that it started. */
const running = new Set();
let stopped;

function kill(child, signal) {
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Runs a command to its end; what it writes is written here, with a label before each line. */
async function run({ label, cwd, env }, command, ...args) {
  const write = (line) => console.log(`${label}: ${line}`);
  write(`$ ${command} ${args.join(' ')}`);
  if (stopped !== undefined) throw new Error(`stopped by ${stopped}`);
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    shell: process.platform === 'win32',
  });
  running.add(child);
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', write);
  const [code] = await once(child, 'exit');
  kill(child, 'SIGKILL');
  running.delete(child);
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${stopped ?? code}`);
}

/** The environment of a shell whose Node.js is another one, without what a package manager added to this one. */
async function environmentWith(version, folder) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|turbo_|node_(env|options|path)$|init_cwd$)/i.test(name),
  );
  const env = { ...Object.fromEntries(inherited), CI: 'true' };
  // The package that `node` of npm installs. It also has the headers, for what has to be compiled.
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const flags = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--prefer-offline'];
  const wanted = [`node@npm:${name}@${version}`, `headers@npm:${name}@${headersOf(version)}`];
  await run({ label: version, cwd: folder, env }, 'npm', 'install', ...flags, ...wanted);
  const modules = join(folder, 'node_modules');
  env.PATH = [join(modules, 'node', 'bin'), process.env.PATH].join(delimiter);
  if (existsSync(join(modules, 'headers', 'include'))) {
    env.npm_config_nodedir = join(modules, 'headers');
  }
  return env;
}

/** Copies the repository, and what was built of it, which is the same for every version. */
function copyBuilt(target) {
  copyRepository(target);
  for (const folder of ['packages', 'testing']) {
    for (const name of readdirSync(join(ROOT, folder))) {
      const dist = join(folder, name, 'dist');
      if (existsSync(join(ROOT, dist))) {
        cpSync(join(ROOT, dist), join(target, dist), { recursive: true });
      }
    }
  }
}

async function testWith(version, { packages, all }, folder) {
  const started = Date.now();
  const env = await environmentWith(version, mkdtempSync(join(folder, 'node-')));
  const { stdout } = spawnSync('node', ['--version'], { env, encoding: 'utf8' });
  const copy = mkdtempSync(join(folder, 'copy-'));
  copyBuilt(copy);
  const inCopy = { label: version, cwd: copy, env };
  const install = [
    ...withDependencies(packages),
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
  ];
  // What the store has was compiled with the headers of whoever compiled it first.
  if (headersOf(version) !== version) install.push('--config.side-effects-cache=false');
  await run(inCopy, 'pnpm', ...install);
  for (const name of packages) {
    const cwd = join(copy, 'packages', name.replace('@world/', ''));
    const suite = existsSync(join(cwd, SUITE)) && !all ? [SUITE] : [];
    const test = ['--config.verify-deps-before-run=false', 'run', 'test', ...suite];
    await run({ ...inCopy, cwd }, 'pnpm', ...test);
  }
  return `Node.js ${stdout.trim()}: passed in ${Math.round((Date.now() - started) / 1000)} s`;
}

const withDependencies = (packages) => packages.flatMap((name) => ['--filter', `${name}...`]);

function readArguments() {
  try {
    const many = { type: 'string', multiple: true };
    const flag = { type: 'boolean', default: false };
    const options = { node: many, package: many, all: flag, help: flag };
    return parseArgs({ options }).values;
  } catch (error) {
    console.error(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

const {
  node = DEFAULT_VERSIONS,
  package: packages = DEFAULT_PACKAGES,
  all,
  help,
} = readArguments();
if (help) {
  console.log(HELP);
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stopped = signal;
    for (const child of running) kill(child, 'SIGTERM');
  });
}
const folder = mkdtempSync(join(tmpdir(), 'test-matrix-'));
const lines = [];
try {
  const here = { label: 'build', cwd: ROOT, env: process.env };
  await run(here, 'pnpm', ...withDependencies(packages), 'run', 'build');
  const outcomes = await Promise.allSettled(
    node.map((version) => testWith(version, { packages, all }, folder)),
  );
  for (const [i, { status, value, reason }] of outcomes.entries()) {
    if (status === 'rejected') process.exitCode = 1;
    lines.push(value ?? `Node.js ${node[i]}: failed, ${reason.message}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`\n${lines.join('\n')}`);
if (stopped !== undefined) process.exitCode = 128 + constants.signals[stopped];
