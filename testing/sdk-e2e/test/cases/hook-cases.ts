import { until } from '@world/app-process';
import { describe, expect, it } from 'vitest';
import type { OpenedApp } from '../test-sdk.js';

/** Hooks: what they receive, and who has a token. */
export function hookCases(app: OpenedApp): void {
  const resume = (token: string, payload: unknown): Promise<true> =>
    until(`${token} takes a payload`, async () =>
      (await app().resume(token, payload)) ? true : undefined,
    );

  describe('hooks', () => {
    it('receive three times, in order', async () => {
      const token = crypto.randomUUID();
      const runId = await app().start('receives', token, 3);
      const payloads = [{ n: 1 }, { n: 2 }, { n: 3 }];
      for (const payload of payloads) await resume(token, payload);
      expect(await app().result(runId)).toEqual(payloads);
      expect(await app().executions(runId)).toEqual({
        'received 1': 1,
        'received 2': 1,
        'received 3': 1,
      });
    });

    it('tell whose token it is, and give it away when the run has ended', async () => {
      const token = crypto.randomUUID();
      const holder = await app().start('receives', token, 1);
      await app().hooks(holder);
      expect(await app().run('claims', token)).toBe(holder);
      await resume(token, { n: 1 });
      expect(await app().result(holder)).toEqual([{ n: 1 }]);
      expect(await app().resume(token, { n: 2 })).toBe(false);
      const next = await app().start('receives', token, 1);
      await app().hooks(next);
      await resume(token, { n: 3 });
      expect(await app().result(next)).toEqual([{ n: 3 }]);
    });

    it('give a token away when the run is cancelled', async () => {
      const token = crypto.randomUUID();
      const holder = await app().start('waitsForever', token);
      await app().hooks(holder);
      await app().cancel(holder);
      expect(await app().run('claims', token)).toBeNull();
    });
  });
}
