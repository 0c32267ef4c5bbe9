import assert from 'node:assert/strict';
import { encodeData } from '../codec.js';
import type { Event } from '../events.js';
import { LogFold } from '../fold.js';
import {
  isHidden,
  type PayloadSource,
  presentHook,
  presentRun,
  presentStep,
  presentWait,
} from '../present.js';
import type { EntityRecord } from '../store.js';
import type { EntityKind } from '../transitions.js';
import type { World } from '../world.js';
import { expectSoundLog, readAll } from './expect.js';

/** Payloads as they stand in a log that was read through the API. */
function payloadsIn(log: readonly Event[]): PayloadSource {
  return (_, seq) => {
    const event = log[seq - 1];
    if (event === undefined) return undefined;
    const { runId, eventId, eventType, createdAt, eventData } = event as Event & {
      eventData?: unknown;
    };
    return {
      runId,
      seq,
      eventId,
      eventType,
      createdAt: createdAt.getTime(),
      ...(eventData !== undefined && { data: encodeData(eventData) }),
    };
  };
}

/** The entities of one kind that the API shows, oldest first. */
function shownOf(fold: LogFold, kind: EntityKind): readonly EntityRecord[] {
  return fold.entities
    .filter((record) => record.kind === kind && !isHidden(record))
    .sort((a, b) => Number(a.state.createdSeq) - Number(b.state.createdSeq));
}

/** Asserts that a run's log is sound, and that the run and all its entities are what the log says (L4, EN4). */
export async function expectFold(world: World, runId: string): Promise<Event[]> {
  const log = await expectSoundLog(world, runId);
  const fold = new LogFold();
  for (const event of log) fold.add(event);
  const source = payloadsIn(log);
  const params = (cursor: string | undefined) => ({
    runId,
    pagination: { cursor, limit: 1000, sortOrder: 'asc' as const },
  });
  assert.ok(fold.run !== undefined);
  assert.deepEqual(await world.runs.get(runId), presentRun(fold.run, source));
  assert.deepEqual(
    await readAll((cursor) => world.steps.list({ ...params(cursor), resolveData: 'all' })),
    shownOf(fold, 'step').map((record) => presentStep(record, source)),
  );
  assert.deepEqual(
    await readAll((cursor) => world.hooks.list(params(cursor))),
    shownOf(fold, 'hook').map((record) => presentHook(record, source)),
  );
  assert.deepEqual(
    await readAll((cursor) => world.waits.list(params(cursor))),
    shownOf(fold, 'wait').map(presentWait),
  );
  return log;
}
