import { describe, expect, it } from 'vitest';
import type { OpenedApp } from '../test-sdk.js';

const NAPS = 55;
/** The SDK sleeps for whole seconds. */
const NAPS_MS = 180_000;

/** Sleeps. Many in a row take about a second each: `finish` registers the test that waits for them. */
export function sleepCases(app: OpenedApp): { finish(): void } {
  let runId: string;

  describe('sleeps', () => {
    it('are begun, many in a row', async () => {
      runId = await app().start('naps', NAPS, 50);
    });

    it('end', async () => {
      expect(await app().run('naps', 2, 100)).toBe(2);
    });

    it('end by a cancellation, and nothing runs after it', async () => {
      const token = crypto.randomUUID();
      const cancelled = await app().start('waitsForever', token);
      await app().hooks(cancelled);
      await app().cancel(cancelled);
      expect((await app().over(cancelled)).status).toBe('cancelled');
      expect(await app().executions(cancelled)).toEqual({ before: 1 });
      expect(await app().resume(token, {})).toBe(false);
    });
  });

  return {
    finish() {
      it(`${NAPS} sleeps in a row end`, { timeout: NAPS_MS }, async () => {
        expect(await app().result(runId, NAPS_MS)).toBe(NAPS);
      });
    },
  };
}
