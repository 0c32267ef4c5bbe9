import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Block, isProgram } from './blocks.js';
import { documents } from './documents.js';

const here = new URL('../', import.meta.url);
/** In this package, so that they see what it depends on. */
const folder = new URL('.blocks/', here);

const programs = [...documents().values()].flat().filter(isProgram);
const nameOf = ({ place, language }: Block): string =>
  `${place.replaceAll(/[^\w]+/g, '-')}.m${language}`;

let diagnostics = '';
beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const block of programs) {
    // An example without imports is a module all the same.
    writeFileSync(new URL(nameOf(block), folder), `${block.code}\nexport {};\n`);
  }
  const { stdout, stderr, error } = spawnSync('tsc', ['-p', 'tsconfig.blocks.json'], {
    cwd: fileURLToPath(here),
    encoding: 'utf8',
  });
  if (error) throw error;
  diagnostics = `${stdout}${stderr}`;
});

describe('the types are right of', () => {
  for (const block of programs) {
    test(block.place, () => {
      const lines = diagnostics.split(/\n(?=\S)/);
      expect(lines.filter((line) => line.includes(nameOf(block)))).toEqual([]);
    });
  }
});

test('the compiler says nothing else', () => {
  const lines = diagnostics.split(/\n(?=\S)/).filter((line) => line.trim() !== '');
  expect(lines.filter((line) => !line.startsWith('.blocks/'))).toEqual([]);
});
