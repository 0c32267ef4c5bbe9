// Rehearses a release, see HELP. The checks are the tests in this folder; this command runs them, and ends what they
// started, however it ends.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HELP = `usage: npx -y pnpm@12 rehearse-release [--json] [--only <text>]

Publishes all packages, from a copy of this repository, to a registry that runs on this machine only; installs them
from there into empty folders with npm, pnpm and yarn 4; and uses them: from ES modules, CommonJS and TypeScript, with
the examples of the READMEs, and with the conformance suite. The working tree and the real registry stay as they are.

  --json         prints the results as JSON; progress goes to stderr
  --only <text>  publishes, and runs only the checks whose name has this text
  --help         prints this

Exit code: 0 all is well, 1 a check failed, 2 it could not be done; 128 + the signal's number after Ctrl-C.

Examples:
  npx -y pnpm@12 rehearse-release
  npx -y pnpm@12 rehearse-release --only @world/redis
  npx -y pnpm@12 --silent rehearse-release --json > rehearsal.json`;

const HERE = fileURLToPath(new URL('.', import.meta.url));
const REPORT = join(HERE, 'test-results.json');
const KILL_AFTER_MS = 10_000;

function readArguments() {
  try {
    const options = {
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    };
    return parseArgs({ options }).values;
  } catch (error) {
    console.error(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

/** Checks that have this text in their name, and the publishing, without which there are none. */
function patternOf(text) {
  const literal = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return `${literal}|^the scripts version-packages|@world/cli installs alone`;
}

function runChecks(folder, { json, only }) {
  const require = createRequire(import.meta.url);
  const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs');
  const filter = only === undefined ? [] : ['--testNamePattern', patternOf(only)];
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${REPORT}`];
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...filter], {
    cwd: HERE,
    env: { ...process.env, REHEARSAL_FOLDER: folder },
    stdio: ['ignore', json ? process.stderr : 'inherit', 'inherit'],
    // A group of its own: installers and compilers that are under way end with it.
    detached: process.platform !== 'win32',
  });
  const kill = (signal) => {
    if (process.platform === 'win32') return child.kill(signal);
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  let stopped;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      stopped ??= signal;
      kill('SIGTERM');
      setTimeout(() => kill('SIGKILL'), KILL_AFTER_MS).unref();
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      // What is left of the group: children of a test process that was killed.
      kill('SIGKILL');
      resolve({ code, stopped });
    });
  });
}

function summarize() {
  const { testResults } = JSON.parse(readFileSync(REPORT, 'utf8'));
  const checks = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ fullName, status, duration, failureMessages }) => ({
      name: fullName,
      status,
      ms: Math.round(duration ?? 0),
      ...(status === 'failed' ? { reason: failureMessages.join('\n') } : {}),
    }));
  const count = (status) => checks.filter((check) => check.status === status).length;
  return { passed: count('passed'), failed: count('failed'), checks };
}

const options = readArguments();
if (options.help) {
  console.log(HELP);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  rmSync(REPORT, { force: true });
  try {
    const { code, stopped } = await runChecks(folder, options);
    if (stopped !== undefined) {
      process.exitCode = 128 + constants.signals[stopped];
    } else {
      const { passed, failed, checks } = summarize();
      if (options.json) console.log(JSON.stringify({ passed, failed, checks }, undefined, 2));
      else console.log(`release rehearsal: ${passed} passed, ${failed} failed`);
      process.exitCode = code === 0 ? 0 : 1;
    }
  } catch (error) {
    console.error(`the rehearsal could not be done: ${error.message}`);
    process.exitCode = 2;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
