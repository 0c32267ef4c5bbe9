// Run in a package's folder: packs it as it would be published, then lints the tarball.
// Silent but for one line, unless a check fails.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error ?? ''}\n`);
  process.stderr.write(`failed: ${command} ${args.join(' ')}\n`);
  process.exitCode = 1;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'pack-check-'));
try {
  run('pnpm', ['pack', '--pack-destination', folder]);
  const [file] = readdirSync(folder);
  if (file === undefined) throw new Error('pnpm pack wrote no tarball');
  const tarball = join(folder, file);

  run('publint', ['run', tarball, '--strict']);
  // A package that only has a command exports no module, so there are no types to look at.
  if (manifest.types !== undefined) run('attw', [tarball, '--profile', 'esm-only']);
  if (!process.exitCode) console.log(`${file}: ok`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
