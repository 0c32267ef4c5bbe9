import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AdapterNames } from './adapter-names.js';
import { CreateError } from './create-error.js';
import { type Manifest, withRanges } from './manifest.js';

const TEMPLATE = fileURLToPath(new URL('../template/', import.meta.url));

/** Names that would mean something inside of this package, too. */
const RENAMED: Readonly<Record<string, string>> = {
  gitignore: '.gitignore',
  'manifest.json': 'package.json',
};

/** What may be in the folder: nothing is written into it. */
const HARMLESS = ['.git'];

const NAMED = 3;

/**
 * Writes an adapter into a folder, which is made if need be. Never overwrites. Returns its files, sorted.
 * @throws CreateError unless the folder is empty or absent; errors of `node:fs`.
 */
export async function scaffold(folder: string, names: AdapterNames): Promise<readonly string[]> {
  await assertEmpty(folder);
  const entries = await readdir(TEMPLATE, { recursive: true, withFileTypes: true });
  const sources = entries.filter((entry) => entry.isFile());
  const files: string[] = [];
  for (const { name, parentPath } of sources) {
    const source = join(parentPath, name);
    const within = parentPath.slice(TEMPLATE.length);
    const file = join(within, RENAMED[name] ?? name);
    const text = named(await readFile(source, 'utf8'), names);
    await mkdir(join(folder, dirname(file)), { recursive: true });
    const content = file === 'package.json' ? completed(text) : text;
    await writeFile(join(folder, file), content, { flag: 'wx' });
    files.push(file);
  }
  return files.sort();
}

/** @throws CreateError when something is there that could be lost. */
async function assertEmpty(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new CreateError(`${folder} is no folder; name another one`);
    throw error;
  });
  const others = found.filter((name) => !HARMLESS.includes(name));
  if (others.length === 0) return;
  const more = others.length > NAMED ? `, and ${others.length - NAMED} more` : '';
  throw new CreateError(
    `${folder} is not empty (${others.slice(0, NAMED).join(', ')}${more}); name another folder, or empty it`,
  );
}

/** Puts an adapter's names in the place of those that the template has. */
const named = (text: string, { packageName, scheme }: AdapterNames): string =>
  text.replaceAll('my-package-name', packageName).replaceAll('my-world', scheme);

const completed = (text: string): string =>
  `${JSON.stringify(withRanges(JSON.parse(text) as Manifest), null, 2)}\n`;
