import { type Place, until } from '@world/app-process';
import { describe, expect, it } from 'vitest';
import { App } from '../app.js';

const STEPS = 10;
const STEP_MS = 150;
/** How long after the kill a run goes on at the latest. */
const AGAIN_MS = 10_000;

/** An app that is killed in the middle of runs, and started again on the same data. */
export function crashCases(openPlace: () => Promise<Place>, restart: boolean): void {
  describe.skipIf(!restart)('kill -9 and a restart (needs data that outlives the process)', () => {
    for (const workflow of ['inSequence', 'inParallel']) {
      it(`leave no ${workflow} run behind`, { timeout: 120_000 }, async () => {
        const app = await App.open(openPlace);
        try {
          await killInMidRun(app, workflow);
        } catch (error) {
          console.error(app.process.output);
          throw error;
        } finally {
          await app.close();
        }
      });
    }
  });
}

async function killInMidRun(app: App, workflow: string): Promise<void> {
  const runIds = await Promise.all([0, 1, 2].map(() => app.start(workflow, STEPS, STEP_MS)));
  const ended = async (): Promise<number> => {
    const journals = await Promise.all(runIds.map((runId) => app.journal(runId)));
    return journals.flat().filter(({ phase }) => phase === 'end').length;
  };
  await until('some steps have ended', async () => ((await ended()) >= STEPS ? true : undefined));
  await app.process.kill();
  const killed = Date.now();
  await app.process.start();

  for (const runId of runIds) {
    const labels = Array.from({ length: STEPS }, (_, i) => `note ${i}`);
    expect(await app.result(runId)).toEqual(labels);
    const lines = await app.journal(runId);
    const { data } = await app.events(runId, { limit: '1000' });
    const completed = data.filter(({ eventType }) => eventType === 'step_completed');
    expect(completed).toHaveLength(STEPS);
    for (const { correlationId, createdAt } of completed) {
      const late = lines.filter(
        ({ stepId, phase, time }) =>
          stepId === correlationId && phase === 'begin' && time > Date.parse(createdAt),
      );
      expect(late).toEqual([]);
    }
    const resumed = lines.find(({ time }) => time > killed);
    if (resumed === undefined) continue;
    const again = resumed.time - killed;
    console.log(`went on ${again} ms after the kill`);
    expect(again).toBeLessThan(AGAIN_MS);
  }
}
