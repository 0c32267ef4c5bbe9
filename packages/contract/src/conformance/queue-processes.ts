import assert from 'node:assert/strict';
import { createRunId } from '../run-id.js';
import { withApp } from './app-server.js';
import type { Handled } from './jobs.js';
import type { WorkerProcess } from './processes.js';
import { allMessages, invokeStep, wake } from './queue-given.js';
import { delivering, idle } from './queue-worker.js';
import type { ConformanceTest } from './types.js';

/** A dead worker's messages are delivered again within this time, ms. */
const TAKEOVER_MS = 10_000;

const handledBy = (worker: WorkerProcess): Handled[] =>
  worker.progress.filter((one): one is Handled => one !== 'started');

/** Workers in several processes, some of which die. */
export const queueProcessTests: readonly ConformanceTest[] = [
  {
    id: 'Q22-killed-worker',
    title:
      'Q22 QU5 QU9 what a killed worker held is delivered again within 10 s, with its id, as a second attempt',
    needs: ['queue', 'shared'],
    async run({ world, open, processes }) {
      const worker = await processes.start('deliver', { holdMs: 3_600_000 });
      worker.go();
      const runId = createRunId();
      const ids = [await wake(world, runId), await invokeStep(world, 'step-a', { runId })];
      await worker.progressed(3);
      await worker.kill();
      const killedAt = Date.now();
      await withApp(world, async (app) => {
        const next = await delivering({ open }, app);
        await idle(world);
        assert.ok(Date.now() - killedAt < TAKEOVER_MS, `after ${Date.now() - killedAt} ms`);
        assert.deepEqual(
          app.deliveries.map((one) => [one.messageId, one.attempt]).sort(),
          ids.map((messageId) => [messageId, 2]).sort(),
        );
        await next.close();
      });
    },
  },
  {
    id: 'Q23-one-tick-at-a-time-processes',
    title:
      'Q23 QU1 QU11 3 processes, one of them killed: never two ticks of a run at once, and none is missed',
    needs: ['queue', 'shared'],
    async run({ world, processes }) {
      const workers = await Promise.all(
        [10, 10, 10].map((holdMs) => processes.start('deliver', { holdMs })),
      );
      for (const worker of workers) worker.go();
      await Promise.all(workers.map((worker) => worker.progressed(1)));
      const runs = Array.from({ length: 5 }, () => createRunId());
      const lastWake = new Map<string, number>();
      for (let round = 0; round < 40; round += 1) {
        for (const runId of runs) {
          lastWake.set(runId, Date.now());
          await wake(world, runId);
        }
        if (round === 20) await workers[0]?.kill();
      }
      await idle(world);
      const handled = workers.flatMap(handledBy);
      const ended = new Set(
        handled.filter(({ to }) => to !== undefined).map((one) => `${one.messageId} ${one.from}`),
      );
      for (const runId of runs) {
        const ticks = handled.filter((one) => one.runId === runId && one.to !== undefined);
        ticks.sort((a, b) => a.from - b.from);
        for (const [i, { from }] of ticks.entries()) {
          assert.ok(from >= (ticks[i - 1]?.to ?? 0), `two ticks of ${runId} at once`);
        }
        const last = ticks.at(-1)?.from ?? 0;
        assert.ok(last >= (lastWake.get(runId) ?? 0), `a wake of ${runId} was missed`);
      }
      const cut = handled.filter((one) => !ended.has(`${one.messageId} ${one.from}`));
      const killed = handledBy(workers[0] as WorkerProcess);
      assert.ok(
        cut.every((one) => killed.includes(one)),
        'only the killed one left a tick',
      );
      assert.deepEqual(await allMessages(world), []);
    },
  },
  {
    id: 'Q24-delays-survive',
    title:
      'Q24 QU6 a delay that runs out when the process that asked for it is dead is delivered by the next, once',
    needs: ['queue', 'shared', 'durable'],
    async run({ world, open, processes }) {
      const asking = await processes.start('wakeLater', { runId: createRunId(), delaySeconds: 1 });
      asking.go();
      await asking.progressed(1);
      const [messageId] = asking.progress;
      await asking.kill();
      const sentAt = Date.now();
      while (Date.now() - sentAt < 1200) await new Promise((resolve) => setTimeout(resolve, 50));
      await withApp(world, async (app) => {
        const next = await delivering({ open }, app);
        await idle(world);
        assert.deepEqual(
          app.deliveries.map((one) => [one.messageId, one.attempt]),
          [[messageId, 1]],
        );
        await next.close();
      });
    },
  },
];
