import { type Place, until } from '@world/app-process';
import { describe, expect, it } from 'vitest';
import { App } from '../app.js';

const RUNS = 100;
const STEPS = 3;
const STEP_MS = 50;
/** How long after the kill a message that the dead process held is delivered again at the latest. */
const AGAIN_MS = 10_000;

/** Two processes of an app on the same data, of which one is killed. */
export function sharedCases(openPlace: () => Promise<Place>, shared: boolean): void {
  describe.skipIf(!shared)('two processes (need data that processes share)', () => {
    it(`share ${RUNS} runs; one is killed, and all finish`, { timeout: 240_000 }, async () => {
      const app = await App.open(openPlace);
      const peer = await app.openPeer();
      try {
        await killOneOf(app, peer);
      } catch (error) {
        console.error(app.process.output, peer.process.output);
        throw error;
      } finally {
        await peer.close();
        await app.close();
      }
    });
  });
}

async function killOneOf(app: App, peer: App): Promise<void> {
  const runIds = await Promise.all(
    Array.from({ length: RUNS }, (_, i) => [app, peer][i % 2]?.start('inSequence', STEPS, STEP_MS)),
  );
  const journals = async () => Promise.all(runIds.map((runId) => app.journal(runId as string)));
  await until('a third of the steps have ended', async () => {
    const lines = (await journals()).flat();
    return lines.filter(({ phase }) => phase === 'end').length >= RUNS ? true : undefined;
  });
  await peer.process.kill();
  const killed = Date.now();

  const labels = Array.from({ length: STEPS }, (_, i) => `note ${i}`);
  for (const runId of runIds) expect(await app.result(runId as string, 120_000)).toEqual(labels);
  const begun = await journals();
  const ofDead = new Set<number>();
  let again = 0;
  for (const [i, runId] of runIds.entries()) {
    const lines = begun[i] ?? [];
    const { data } = await app.events(runId as string, { limit: '1000' });
    const completed = data.filter(({ eventType }) => eventType === 'step_completed');
    expect(completed).toHaveLength(STEPS);
    for (const { correlationId, createdAt } of completed) {
      const begins = lines.filter((one) => one.stepId === correlationId && one.phase === 'begin');
      expect(begins.filter(({ time }) => time > Date.parse(createdAt))).toEqual([]);
      // Begun by the dead, and again by the other.
      if (begins.length < 2 || (begins[0]?.time ?? killed) > killed) continue;
      ofDead.add(i);
      again = Math.max(again, (begins.at(-1)?.time ?? killed) - killed);
    }
  }
  console.log(`${ofDead.size} steps of the dead process began again, within ${again} ms`);
  expect(again).toBeLessThan(AGAIN_MS);
}
