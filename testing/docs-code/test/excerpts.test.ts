import { expect, test } from 'vitest';
import { documents, textOf } from './documents.js';

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

const excerpts = [...documents().values()].flat().flatMap(({ place, code, source }) => {
  return source === undefined ? [] : [{ place, code, source }];
});

test('there are excerpts', () => {
  expect(excerpts.length).toBeGreaterThan(15);
});

test.each(excerpts)('$place stands in $source', ({ code, source }) => {
  expect(isExcerpt(code, textOf(source)), `it is not there any more:\n${code}`).toBe(true);
});
