import assert from 'node:assert/strict';
import type { World } from '../world.js';
import { expectSoundLog, readAll } from './expect.js';
import { eventOf } from './given.js';
import {
  mergedEvents,
  type RecordedEvent,
  type RecordedRun,
  recordedRuns,
  requestOf,
} from './recorded-runs.js';
import type { ConformanceTest } from './types.js';

/** The data that the world must have kept. */
function dataOf(event: RecordedEvent): Readonly<Record<string, unknown>> | undefined {
  const kept = event.eventType === 'hook_conflict' ? event : requestOf(event);
  return 'eventData' in kept && kept.eventData !== undefined ? { ...kept.eventData } : undefined;
}

const pick = (value: object, fields: readonly string[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(value).filter(([key, member]) => fields.includes(key) && member !== undefined),
  );

const RUN_FIELDS =
  'runId status deploymentId workflowName specVersion executionContext input output error';
const STEP_FIELDS = 'runId stepId stepName status input output error attempt specVersion';

const byId = (a: object, b: object): number =>
  'stepId' in a && 'stepId' in b ? String(a.stepId).localeCompare(String(b.stepId)) : 0;

/** Asserts that log and entities are what was recorded; times are the store's own. */
async function expectRecorded(world: World, recorded: RecordedRun): Promise<void> {
  const { runId, workflowName } = recorded.run;
  const log = await expectSoundLog(world, runId);
  const told = log.map((event) => ({
    eventType: event.eventType,
    correlationId: event.correlationId,
    specVersion: event.specVersion,
    eventData: 'eventData' in event ? event.eventData : undefined,
  }));
  const expected = recorded.events.map((event) => ({
    eventType: event.eventType,
    correlationId: event.correlationId,
    specVersion: event.specVersion,
    eventData: dataOf(event),
  }));
  assert.deepEqual(told, expected, workflowName);

  const runFields = RUN_FIELDS.split(' ');
  const run = await world.runs.get(runId);
  assert.deepEqual(pick(run, runFields), pick(recorded.run, runFields), workflowName);
  const steps = await readAll((cursor) =>
    world.steps.list({ runId, pagination: { limit: 1000, cursor } }),
  );
  const stepFields = STEP_FIELDS.split(' ');
  assert.deepEqual(
    steps.map((step) => pick(step, stepFields)).sort(byId),
    recorded.steps.map((step) => pick(step, stepFields)).sort(byId),
    workflowName,
  );
  const hooks = await world.hooks.list({ runId });
  assert.deepEqual(
    hooks.data.map(({ hookId }) => hookId),
    recorded.hooks.map(({ hookId }) => hookId),
  );
  const waits = await readAll((cursor) =>
    world.waits.list({ runId, pagination: { limit: 1000, cursor } }),
  );
  const completed = recorded.events.filter(({ eventType }) => eventType === 'wait_completed');
  assert.deepEqual(
    waits.map(({ waitId, status }) => `${waitId} ${status}`).sort(),
    completed.map(({ correlationId }) => `${correlationId} completed`).sort(),
  );
}

/** Real runs: what stock clients wrote is accepted, and gives the state that they read. */
export const recordedTests: readonly ConformanceTest[] = [
  {
    id: 'P-recorded-merged',
    title:
      'P recorded real runs, merged and each append fenced on its run: same logs, same entities',
    needs: [],
    async run({ world }) {
      const runs = recordedRuns();
      const tails = new Map<string, string>();
      let conflicts = 0;
      for (const event of mergedEvents(runs)) {
        const { runId, eventType } = event;
        const result = await world.events.create(runId, requestOf(event), {
          lastKnownEventId: tails.get(runId),
        });
        const written = eventOf(result);
        assert.equal(written.eventType, eventType);
        if (written.eventType === 'hook_conflict') conflicts += 1;
        tails.set(runId, written.eventId);
      }
      assert.equal(conflicts, 2);
      for (const recorded of runs) {
        await expectRecorded(world, recorded);
        const { lastKnownEventId } = await world.runs.get(recorded.run.runId);
        assert.equal(lastKnownEventId, tails.get(recorded.run.runId));
      }
    },
  },
  {
    id: 'P-recorded-single',
    title: 'P F10 recorded real runs, each on its own and in one batch: same logs, same entities',
    needs: [],
    async run({ world }) {
      const alone = recordedRuns().filter(({ events }) =>
        events.every(({ eventType }) => eventType !== 'hook_conflict'),
      );
      assert.equal(alone.length, 39);
      for (const recorded of alone) {
        const { runId } = recorded.run;
        await world.events.createBatch(runId, recorded.events.map(requestOf));
        await expectRecorded(world, recorded);
      }
    },
  },
];
