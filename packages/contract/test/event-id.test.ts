import { createEntropy, eventIdTime, isEventId, mintEventId } from '@world/contract';
import { describe, expect, test } from 'vitest';

const mint = (tail: string | undefined, nowMs: number, strictlyLater = false): string =>
  mintEventId({ tail, nowMs, strictlyLater, entropy: createEntropy() });

describe('event ids (L1)', () => {
  test('10,000 ids of one millisecond ascend, and stay in it', () => {
    let tail: string | undefined;
    for (let i = 0; i < 10_000; i += 1) {
      const next = mint(tail, 1_700_000_000_000);
      if (tail !== undefined) expect(next > tail).toBe(true);
      tail = next;
    }
    expect(eventIdTime(tail ?? '')).toBe(1_700_000_000_000);
  });

  test('a clock set back does not lower the next id', () => {
    const tail = mint(undefined, 2000);
    const next = mint(tail, 1000);
    expect(next > tail).toBe(true);
    expect(eventIdTime(next)).toBe(2000);
    expect(eventIdTime(mint(next, 3000))).toBe(3000);
  });

  test('strictly later takes the next millisecond only where the clock does not', () => {
    const tail = mint(undefined, 2000);
    expect(eventIdTime(mint(tail, 2000, true))).toBe(2001);
    expect(eventIdTime(mint(tail, 1000, true))).toBe(2001);
    expect(eventIdTime(mint(tail, 5000, true))).toBe(5000);
  });

  test('a millisecond whose ids are used up runs over into the next', () => {
    const last = `evnt_${mint(undefined, 2000).slice(5, 15)}${'Z'.repeat(16)}`;
    const next = mint(last, 2000);
    expect(next > last).toBe(true);
    expect(eventIdTime(next)).toBe(2001);
  });

  test('entropies of one process differ', () => {
    expect(new Set(Array.from({ length: 10_000 }, createEntropy)).size).toBe(10_000);
  });

  test('only evnt_ and a ULID is an event id', () => {
    expect(isEventId(mint(undefined, 1))).toBe(true);
    for (const other of ['', 'evnt_', 'evnt_x', `wevt_${createEntropy()}`, undefined, 7, null]) {
      expect(isEventId(other)).toBe(false);
    }
    expect(isEventId(`${mint(undefined, 1)}\n`)).toBe(false);
    expect(isEventId(mint(undefined, 1).toLowerCase())).toBe(false);
  });
});
