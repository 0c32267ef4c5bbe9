import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const here = fileURLToPath(new URL('../src/', import.meta.url));
const scaffold = fileURLToPath(new URL('../../../packages/create/template/src/', import.meta.url));

/** What replaces `memory-storage.ts` of the scaffold. */
const OWN = [
  'file-errors.ts',
  'file-storage.ts',
  'folders.ts',
  'journal.ts',
  'line.ts',
  'lock-folder.ts',
];
const CHANGED = ['capabilities.ts', 'create-world.ts'];

test('this adapter is the scaffold of npm create @world with another storage', () => {
  const kept = readdirSync(scaffold).filter((file) => file !== 'memory-storage.ts');
  expect(readdirSync(here).sort()).toEqual([...kept, ...OWN].sort());
  for (const file of kept.filter((one) => !CHANGED.includes(one))) {
    const scaffolded = readFileSync(scaffold + file, 'utf8').replaceAll('my-world', 'files');
    expect(readFileSync(here + file, 'utf8'), file).toBe(scaffolded);
  }
});
