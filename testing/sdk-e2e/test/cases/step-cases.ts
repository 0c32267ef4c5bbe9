import { describe, expect, it } from 'vitest';
import type { OpenedApp } from '../test-sdk.js';

const PARALLEL = 110;

/** Steps: in sequence, in parallel, tried again, failed. */
export function stepCases(app: OpenedApp): void {
  const labels = (count: number): string[] => Array.from({ length: count }, (_, i) => `note ${i}`);
  const once = (count: number): Record<string, number> =>
    Object.fromEntries(labels(count).map((label) => [label, 1]));

  describe('steps', () => {
    it('run in sequence, once each', async () => {
      const runId = await app().start('inSequence', 10);
      expect(await app().result(runId)).toEqual(labels(10));
      expect(await app().executions(runId)).toEqual(once(10));
    });

    it(`run in parallel, once each, ${PARALLEL} of them`, async () => {
      const began = performance.now();
      const runId = await app().start('inParallel', PARALLEL);
      expect(await app().result(runId)).toEqual(labels(PARALLEL));
      console.log(`${PARALLEL} parallel steps: ${Math.round(performance.now() - began)} ms`);
      expect(await app().executions(runId)).toEqual(once(PARALLEL));
    });

    it('race: the run is over when one of them is', async () => {
      expect(labels(10)).toContain(await app().run('inRace', 10));
    });

    it('carry 10,000 characters in and out, ten in sequence and ten at once', async () => {
      expect(await app().run('echoInSequence', 10, 10_000)).toBe(100_000);
      expect(await app().run('echoInParallel', 10, 10_000)).toBe(100_000);
    });

    it('are tried again when they ask for it, with attempts counted', async () => {
      const runId = await app().start('retried', 2);
      expect(await app().result(runId)).toBe('attempt 3');
      const begun = (await app().journal(runId)).filter(({ phase }) => phase === 'begin');
      expect(begun.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    });

    it('fail after the retries that they allow', async () => {
      const runId = await app().start('givenUp');
      expect(await app().result(runId)).toContain('caught: ');
      expect(await app().executions(runId)).toEqual({ broken: 2 });
    });

    it('fail the run at once by a FatalError', async () => {
      const runId = await app().start('failed');
      const { status, error } = await app().over(runId);
      expect(status).toBe('failed');
      expect(error?.message).toContain('no way');
      expect(await app().executions(runId)).toEqual({ before: 1, fatal: 1 });
    });
  });
}
