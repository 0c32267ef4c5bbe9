import { describe, expect, it } from 'vitest';
import { CREATE_ONCE } from '../../src/create-once.js';
import type { OpenedApp } from '../test-sdk.js';

/** Events that may happen once, with 16 callers at the same time. */
export function createOnceCases(app: OpenedApp): void {
  describe('16 callers at once', () => {
    for (const name of Object.keys(CREATE_ONCE)) {
      it(`append one ${name}, and the others get EntityConflictError`, async () => {
        const { won, errors, logged } = await app().raceCreateOnce(name);
        expect({ won, logged }).toEqual({ won: 1, logged: 1 });
        expect(errors).toEqual(Array.from({ length: 15 }, () => 'EntityConflictError'));
      });
    }
  });
}
