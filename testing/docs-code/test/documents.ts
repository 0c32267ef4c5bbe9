import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Block, blocksOf } from './blocks.js';

const root = new URL('../../../', import.meta.url);

/** Reports of exports, changesets and changelogs, which are about no program, and what becomes a document elsewhere. */
const OTHERS =
  /^packages\/[^/]+\/api\/|^\.changeset\/|CHANGELOG\.md$|^packages\/create\/template\//;

/** A file, by its path from the root of the repository. */
export const pathOf = (file: string): URL => new URL(file, root);

/** A document, by its path from there. */
export const textOf = (document: string): string => readFileSync(pathOf(document), 'utf8');

/** Every document of the repository, by its path from there, with its blocks of code. */
export function documents(): ReadonlyMap<string, readonly Block[]> {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
    cwd: fileURLToPath(root),
    encoding: 'utf8',
  });
  const files = listed.split('\n').filter((file) => file !== '' && !OTHERS.test(file));
  return new Map(files.map((file) => [file, blocksOf(file, textOf(file))]));
}
