import { describe, expect, test } from 'vitest';
import { isSame, lastIndexOfSame } from '../src/server/is-same.js';

const HASH = Uint8Array.from({ length: 32 }, (_, i) => i * 7);

/** These bytes, and how often each was read. */
function counted(bytes: Uint8Array): { bytes: ArrayLike<number>; reads: number[] } {
  const reads = Array.from(bytes, () => 0);
  const get = (target: Uint8Array, key: string | symbol): unknown => {
    if (typeof key === 'string' && /^\d+$/.test(key)) reads[Number(key)] = (reads[+key] ?? 0) + 1;
    return Reflect.get(target, key, target);
  };
  return { bytes: new Proxy(bytes, { get }), reads };
}

/** A copy with one other byte. */
const changed = (at: number): Uint8Array => HASH.map((byte, i) => (i === at ? byte ^ 1 : byte));

const ONCE_EACH = Array.from(HASH, () => 1);

describe('a guess is compared byte by byte, to the end', () => {
  test.each([...HASH.keys()])('whose first other byte is number %i', (at) => {
    const [known, guess] = [counted(HASH), counted(changed(at))];
    expect(isSame(known.bytes, guess.bytes)).toBe(false);
    expect([known.reads, guess.reads]).toEqual([ONCE_EACH, ONCE_EACH]);
  });

  test('that is right, wrong from the first byte on, or of another length', () => {
    for (const [guess, same] of [
      [HASH.slice(), true],
      [HASH.map((byte) => byte ^ 0xff), false],
      [HASH.slice(0, 31), false],
      [HASH.slice(0, 0), false],
      [Uint8Array.of(...HASH, 0), false],
    ] as const) {
      const known = counted(HASH);
      expect(isSame(known.bytes, guess)).toBe(same);
      expect(known.reads).toEqual(ONCE_EACH);
    }
  });
});

test('a guess is compared with all of a list, whichever of them it is, or none', () => {
  const hashes = Array.from({ length: 6 }, (_, i) => changed(i));
  for (const [at, guess] of [...hashes.entries(), [-1, HASH] as const]) {
    const list = hashes.map(counted);
    const bytes = list.map((one) => one.bytes);
    expect(lastIndexOfSame(bytes, guess)).toBe(at);
    expect(list.map(({ reads }) => reads)).toEqual(list.map(() => ONCE_EACH));
  }
  expect(lastIndexOfSame([], HASH)).toBe(-1);
});
