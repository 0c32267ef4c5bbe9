import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { OpenedApp } from '../test-sdk.js';

const RUNS = 40;
const ROUNDS = 3;
const SLEEP_MS = 1000;
const SPREAD_MS = 400;

/** Hooks and sleeps that end at the same time, under load. */
export function raceCases(app: OpenedApp): void {
  describe('a hook and a sleep', () => {
    // The fault that it looks for is rare: once is not enough.
    const title = `race in ${RUNS} runs at once, and all runs complete, time %i of 3`;
    it.each([1, 2, 3])(title, { timeout: 180_000 }, async () => {
      const tokens = Array.from({ length: RUNS }, () => crypto.randomUUID());
      const runIds = await Promise.all(
        tokens.map((token) => app().start('hookOrSleep', token, ROUNDS, SLEEP_MS)),
      );
      const overs = runIds.map((runId) => app().over(runId, 150_000));
      const resumed = tokens.map(async (token, i) => {
        await app().hooks(runIds[i] as string);
        for (let round = 0; round < ROUNDS; round++) {
          // Spread over the time around the end of the sleep, the same way in each test run.
          await delay(SLEEP_MS - SPREAD_MS / 2 + (i * SPREAD_MS) / RUNS);
          await app().resume(token, 'now');
        }
      });
      const states = await Promise.all(overs);
      await Promise.all(resumed);
      const bad = states.filter(({ status }) => status !== 'completed');
      expect(bad.map(({ error }) => error?.code ?? error?.message)).toEqual([]);
      const winners = await Promise.all(runIds.map((runId) => app().result<string[]>(runId)));
      for (const [i, runId] of runIds.entries()) {
        expect(winners[i]).toHaveLength(ROUNDS);
        const steps = Object.values(await app().executions(runId));
        expect(steps.reduce((sum, one) => sum + one, 0)).toBe(ROUNDS);
      }
      const hooks = winners.flat().filter((one) => one === 'hook').length;
      console.log(`hooks won ${hooks} of ${RUNS * ROUNDS} races`);
    });
  });
}
