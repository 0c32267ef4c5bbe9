import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const repository = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, repository), 'utf8');

const GUIDE = 'docs/write-an-adapter.md';
/** A block, with the file that it names as its source in a comment before. */
const BLOCK = /(?:<!-- from (\S+) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm;
/** What is typed or printed, and stands in no file. */
const TERMINAL = ['sh', 'text'];

interface Block {
  readonly source: string | undefined;
  readonly code: string;
}

const blocks: readonly Block[] = [...read(GUIDE).matchAll(BLOCK)]
  .filter(([, , language = '']) => !TERMINAL.includes(language))
  .map(([, source, , code = '']) => ({ source, code }));

/** Lines without the indentation that all of them have. */
function dedented(lines: readonly string[]): string {
  const indents = lines.filter((line) => line !== '').map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent)).join('\n');
}

function isExcerpt(code: string, file: string): boolean {
  const wanted = code.trimEnd().split('\n');
  const lines = file.split('\n');
  return lines.some((_, at) => dedented(lines.slice(at, at + wanted.length)) === dedented(wanted));
}

test('the guide has blocks of code', () => {
  expect(blocks.length).toBeGreaterThan(5);
});

test.each(blocks)('a block of the guide stands in $source', ({ source, code }) => {
  expect(source, `no source is named before:\n${code}`).toBeDefined();
  expect(isExcerpt(code, read(source ?? '')), `it is not there any more:\n${code}`).toBe(true);
});
