// Runs the tests of packages under other versions of Node.js, see HELP.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { copyRepository } from './copy-repository.mjs';

const HELP = `usage: npx -y pnpm@12 test-matrix [--node <version>]... [--package <name>]... [--all]

Builds packages and runs their tests under other versions of Node.js, in copies of this repository: what is compiled
for one version does not disturb another. Node.js comes from npm. Of a package that has the conformance suite among its
tests, that suite is run: what depends on Node.js shows there, and whole suites take four times as long.

  --node <version>  22 and 24 by default; repeat it for more
  --package <name>  @world/contract, @world/memory and @world/sqlite by default; repeat it for more
  --all             runs all tests of the packages
  --help            prints this

Exit code: 0 all passed, 1 something failed, 2 it could not be done; 128 + the signal's number after Ctrl-C.

Examples:
  npx -y pnpm@12 test-matrix
  npx -y pnpm@12 test-matrix --node 24 --package @world/sqlite`;

const SUITE = 'test/conformance.test.ts';
const DEFAULT_VERSIONS = ['22', '24'];
const DEFAULT_PACKAGES = ['@world/contract', '@world/memory', '@world/sqlite'];

/** The process that is under way, and the group of all that it started. */
let current;
let stopped;

function kill(signal) {
  if (current === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? current.pid : -current.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function run(cwd, env, command, args) {
  console.log(`$ ${command} ${args.join(' ')}`);
  return new Promise((resolve, reject) => {
    current = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: process.platform !== 'win32',
      shell: process.platform === 'win32',
    });
    current.on('error', reject);
    current.on('exit', (code) => {
      kill('SIGKILL');
      current = undefined;
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args[0]} ended with ${stopped ?? code}`));
    });
  });
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
  await run(folder, env, 'npm', ['install', ...flags, `${name}@${version}`]);
  const home = join(folder, 'node_modules', name);
  env.PATH = [join(home, 'bin'), process.env.PATH].join(delimiter);
  if (existsSync(join(home, 'include'))) env.npm_config_nodedir = home;
  return env;
}

async function testWith(version, { packages, all }, folder) {
  const started = Date.now();
  const env = await environmentWith(version, mkdtempSync(join(folder, 'node-')));
  const { stdout } = spawnSync('node', ['--version'], { env, encoding: 'utf8' });
  console.log(`\n=== Node.js ${stdout.trim()}`);
  const copy = mkdtempSync(join(folder, 'copy-'));
  copyRepository(copy);
  const withDependencies = packages.flatMap((name) => ['--filter', `${name}...`]);
  const plain = ['--config.verify-deps-before-run=false', '--workspace-concurrency=1'];
  const install = ['install', '--frozen-lockfile', '--prefer-offline'];
  await run(copy, env, 'pnpm', [...withDependencies, ...install]);
  await run(copy, env, 'pnpm', [...plain, ...withDependencies, 'run', 'build']);
  for (const name of packages) {
    const folderOfPackage = join(copy, 'packages', name.replace('@world/', ''));
    const suite = existsSync(join(folderOfPackage, SUITE)) && !all ? [SUITE] : [];
    await run(folderOfPackage, env, 'pnpm', [...plain, 'run', 'test', ...suite]);
  }
  return `Node.js ${stdout.trim()}: passed in ${Math.round((Date.now() - started) / 1000)} s`;
}

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
    kill('SIGTERM');
  });
}
const folder = mkdtempSync(join(tmpdir(), 'test-matrix-'));
const results = [];
try {
  for (const version of node) {
    if (stopped !== undefined) break;
    try {
      results.push(await testWith(version, { packages, all }, folder));
    } catch (error) {
      results.push(`Node.js ${version}: failed, ${error.message}`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`\n${results.join('\n')}`);
if (stopped !== undefined) process.exitCode = 128 + constants.signals[stopped];
