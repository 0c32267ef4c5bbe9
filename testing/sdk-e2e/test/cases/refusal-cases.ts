import { describe, expect, it } from 'vitest';
import type { OpenedApp } from '../test-sdk.js';

/** An app that cannot take deliveries for a while. */
export function refusalCases(app: OpenedApp): void {
  describe('deliveries', () => {
    it('that are answered with 503 are repeated', async () => {
      await app().refuse(3);
      const runId = await app().start('inSequence', 2);
      expect(await app().result(runId)).toEqual(['note 0', 'note 1']);
      expect(await app().refusalsLeft()).toBe(0);
      expect(await app().executions(runId)).toEqual({ 'note 0': 1, 'note 1': 1 });
    });
  });
}
