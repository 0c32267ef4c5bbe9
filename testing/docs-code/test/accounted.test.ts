import { expect, test } from 'vitest';
import { isAccountedFor } from './blocks.js';
import { documents, textOf } from './documents.js';

test('every block of code is run, or says why it is not', () => {
  const blocks = [...documents().values()].flat();
  expect(blocks.length).toBeGreaterThan(30);
  const unaccounted = blocks.filter((block) => !isAccountedFor(block));
  expect(unaccounted.map(({ place, language }) => `${place} ${language}`)).toEqual([]);
});

test('no block of code is indented, and so overlooked', () => {
  const indented = [...documents().keys()].filter((document) =>
    /^[ \t>]+```/m.test(textOf(document)),
  );
  expect(indented).toEqual([]);
});
