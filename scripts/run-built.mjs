// usage: run-built.mjs <workspace package> <entry file> [...args]
// Builds the package and what it depends on (silent unless that fails), then runs the entry file
// where the user stood, with the user's arguments, and ends with its exit code.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name, entry, ...args] = process.argv.slice(2);

const build = spawnSync(
  'turbo',
  ['run', 'build', `--filter=${name}`, '--output-logs=errors-only'],
  {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  },
);
if (build.status !== 0) {
  process.stderr.write(`${build.stdout ?? ''}${build.stderr ?? ''}${build.error ?? ''}\n`);
  process.stderr.write(`build of ${name} failed\n`);
  process.exit(1);
}

const child = spawn(process.execPath, [`${root}${entry}`, ...args], {
  // pnpm runs scripts in the package's folder and keeps the caller's folder in INIT_CWD.
  cwd: process.env.INIT_CWD ?? process.cwd(),
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
});
