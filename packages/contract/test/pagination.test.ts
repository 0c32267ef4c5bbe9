import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from '../src/pagination.js';

test('a cursor holds filters of any length and any text', () => {
  for (const filter of ['', 'ünï😀', 'x'.repeat(1_000_000)]) {
    const cursor = encodeCursor(['runs', filter], [7, 'run']);
    expect(decodeCursor(['runs', filter], cursor, ['number', 'string'])).toEqual([7, 'run']);
  }
});
