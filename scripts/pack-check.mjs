// Run in a package's folder: packs it as it would be published, then lints the tarball.
// Silent but for one line, unless a check fails.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { originFields, repositoryAddress } from './repository-address.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  fail(`${stdout ?? ''}${stderr ?? ''}${error ?? ''}\nfailed: ${command} ${args.join(' ')}`);
}

/** What users and the registry read, besides what publint looks at. */
function checkManifest(packed, packageFolder) {
  const { name } = packed;
  const root = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  if (!(packed.description?.length > 0)) fail(`${name}: no description`);
  if (!(packed.keywords?.length > 0)) fail(`${name}: no keywords`);
  for (const key of ['license', 'engines']) {
    if (!isDeepStrictEqual(packed[key], root[key])) fail(`${name}: ${key} differs from the root's`);
  }
  const ranges = JSON.stringify([packed.dependencies, packed.peerDependencies]);
  if (/workspace:|catalog:/.test(ranges)) fail(`${name}: ranges that only this repository knows`);

  // A clone of a folder has no public address; `release` refuses to publish from one.
  const address = repositoryAddress();
  if (address === undefined) return;
  const directory = relative(ROOT, packageFolder).replaceAll('\\', '/');
  for (const [key, value] of Object.entries(originFields(address, directory))) {
    if (!isDeepStrictEqual(packed[key], value)) fail(`${name}: ${key} is not this repository's`);
  }
}

/** The licence has to come with every copy. */
function checkTexts(folder, name) {
  const license = readFileSync(join(ROOT, 'LICENSE'), 'utf8');
  const files = readdirSync(folder);
  if (!files.includes('LICENSE')) fail(`${name}: no LICENSE in the tarball`);
  else if (readFileSync(join(folder, 'LICENSE'), 'utf8') !== license) {
    fail(`${name}: LICENSE is not the one of this repository`);
  }
  if (!files.includes('README.md')) fail(`${name}: no README.md in the tarball`);
}

const folder = mkdtempSync(join(tmpdir(), 'pack-check-'));
try {
  run('pnpm', ['pack', '--pack-destination', folder]);
  const [file] = readdirSync(folder);
  if (file === undefined) throw new Error('pnpm pack wrote no tarball');
  const tarball = join(folder, file);

  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  run('tar', ['-xzf', tarball, '-C', unpacked]);
  const content = join(unpacked, 'package');
  const packed = JSON.parse(readFileSync(join(content, 'package.json'), 'utf8'));
  checkManifest(packed, process.cwd());
  checkTexts(content, packed.name);

  run('publint', ['run', tarball, '--strict']);
  // A package that only has a command exports no module, so there are no types to look at.
  if (packed.types !== undefined) run('attw', [tarball, '--profile', 'esm-only']);
  if (!process.exitCode) console.log(`${file}: ok`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
