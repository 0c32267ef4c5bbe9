import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EntityConflictError, FenceConflictError } from '../errors.js';
import type { Event } from '../events.js';
import type { World } from '../world.js';
import { expectSoundLog, readAll } from './expect.js';
import { expectFold } from './expect-fold.js';
import { startedRun } from './given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';
import { later } from './within.js';

/** What holds within one process must hold across several, and when one of them dies. */

/** After how many acknowledged events each writer is killed: random, and the same in every run. */
const KILLS = fc.sample(fc.integer({ min: 1, max: 30 }), { seed: 20_260_101, numRuns: 50 });

const tally = (outcomes: readonly unknown[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes.flat()) {
    counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1;
  }
  return counts;
};

/** A writer that gets through once in so many attempts starves. */
const MAX_ATTEMPTS = 300;

export const manyProcessesTests: readonly ConformanceTest[] = [
  {
    id: 'L2-readers-while-writing',
    title:
      'L2 L3 LO1 LO2 LO5 2 processes × 8 writers, 5,000 events: dense, and a reader behind cursors sees each once in order',
    needs: ['shared'],
    async run({ world, processes }) {
      const { runId } = await startedRun(world);
      const perWriter = Math.ceil(5000 / 16);
      const workers = await Promise.all(
        ['a', 'b'].map((prefix) =>
          processes.start('appendWaits', { runId, prefix, writers: 8, count: perWriter }),
        ),
      );
      for (const worker of workers) worker.go();
      const total = 2 + 16 * perWriter;
      let writing = true;
      const written = later(
        Promise.all(workers.map((worker) => worker.result())).finally(() => {
          writing = false;
        }),
      );
      const seen: Event[] = [];
      let cursor: string | undefined;
      for (let more = true; more; ) {
        const last = !writing;
        const page = await world.events.list({ runId, pagination: { cursor, limit: 100 } });
        seen.push(...page.data);
        cursor = page.cursor ?? cursor;
        more = !last || page.hasMore;
        if (page.data.length === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await written;
      const log = await expectSoundLog(world, runId);
      assert.equal(log.length, total);
      assert.deepEqual(
        seen.map(({ eventId }) => eventId),
        log.map(({ eventId }) => eventId),
      );
    },
  },
  {
    id: 'F3-one-winner-processes',
    title: 'F3 FE2 of 4 processes × 8 appends fenced on one tail exactly one commits',
    needs: ['shared'],
    async run({ world, processes }) {
      const { runId, tail } = await startedRun(world);
      const args = ['a', 'b', 'c', 'd'].map((name) => ({
        runId,
        request: request.stepCreated(`step-${name}`),
        params: { lastKnownEventId: tail },
        count: 8,
      }));
      assert.deepEqual(tally(await processes.runAll('appendSame', args)), {
        step_created: 1,
        FENCE_CONFLICT: 31,
      });
      assert.equal((await expectSoundLog(world, runId)).length, 3);
    },
  },
  {
    id: 'F9-contention-processes',
    title: 'F9 FE10 a fenced writer gets through while another process appends without pause',
    needs: ['shared'],
    async run({ world, processes }) {
      const { runId } = await startedRun(world);
      const worker = await processes.start('runSteps', { runId, prefix: 'noise' });
      worker.go();
      await worker.progressed(1);
      let committed = 0;
      for (let attempt = 0; committed < 20 && attempt < MAX_ATTEMPTS; attempt += 1) {
        const { lastKnownEventId } = await world.runs.get(runId);
        const one = request.waitCreated(`wait-${attempt}`);
        try {
          await world.events.create(runId, one, { lastKnownEventId });
          committed += 1;
        } catch (error) {
          if (!FenceConflictError.is(error)) throw error;
        }
      }
      await worker.kill();
      assert.equal(committed, 20);
      await expectSoundLog(world, runId);
    },
  },
  {
    id: 'L4-killed-writers',
    title:
      'L4 LO3 EN4 50 writers killed at random: all that was acknowledged is there, entities are the fold of the log, and a retry heals',
    needs: ['shared', 'durable'],
    async run({ world, processes }) {
      const { runId } = await startedRun(world);
      const acknowledged: Acknowledged[] = [];
      for (const [kill, progress] of KILLS.entries()) {
        const worker = await processes.start('runSteps', { runId, prefix: `worker-${kill}` });
        worker.go();
        await worker.progressed(progress);
        await worker.kill();
        acknowledged.push(...(worker.progress as Acknowledged[]));
        await retryNewestStep(world, runId);
        await world.events.create(runId, request.waitCreated(`after-${kill}`));
      }
      const log = await expectFold(world, runId);
      const logged = new Set(
        log.map(({ correlationId, eventType }) => `${correlationId} ${eventType}`),
      );
      const lost = acknowledged.filter(({ id, type }) => !logged.has(`${id} ${type}`));
      assert.deepEqual(lost, []);
      assert.ok(acknowledged.length >= KILLS.length);
      const steps = await readAll((cursor) =>
        world.steps.list({ runId, pagination: { cursor, limit: 1000 } }),
      );
      const open = steps.filter(({ status }) => status !== 'completed');
      assert.deepEqual(open, [], 'a retry has finished what was begun');
    },
  },
];

interface Acknowledged {
  readonly id: string;
  readonly type: string;
}

/** Sends again all events of the newest step, which a killed writer may have left half done; what is there is refused. */
async function retryNewestStep(world: World, runId: string): Promise<void> {
  const [newest] = (await world.steps.list({ runId, pagination: { limit: 1 } })).data;
  if (newest === undefined) return;
  for (const make of [request.stepCreated, request.stepStarted, request.stepCompleted]) {
    await world.events.create(runId, make(newest.stepId)).catch((error: unknown) => {
      if (!EntityConflictError.is(error)) throw error;
    });
  }
}
