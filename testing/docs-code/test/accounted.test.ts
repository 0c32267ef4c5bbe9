import { expect, test } from 'vitest';
import { isAccountedFor } from './blocks.js';
import { documents } from './documents.js';

test('every block of code is run, or says why it is not', () => {
  const blocks = [...documents().values()].flat();
  expect(blocks.length).toBeGreaterThan(30);
  const unaccounted = blocks.filter((block) => !isAccountedFor(block));
  expect(unaccounted.map(({ place, language }) => `${place} ${language}`)).toEqual([]);
});
