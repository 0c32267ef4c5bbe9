import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { type ErrorCode, WorldError } from '../errors.js';
import type { Event } from '../events.js';
import type { PaginatedResponse } from '../pagination.js';
import type { World } from '../world.js';

/** Assertions and readings that many tests share. */

/** Asserts that a call is refused with this code, and returns the error. */
export async function expectRefused(
  code: ErrorCode,
  call: () => Promise<unknown>,
): Promise<WorldError> {
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    assert.ok(WorldError.is(error), `expected ${code}, got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`expected ${code}, but the call succeeded: ${inspect(result).slice(0, 200)}`);
}

/** Asserts that a call is refused as `INVALID_ARGUMENT`, and that the error names this field. */
export async function expectInvalid(
  field: string,
  call: () => Promise<unknown>,
): Promise<WorldError> {
  const error = await expectRefused('INVALID_ARGUMENT', call);
  assert.equal(error.details.field, field, error.message);
  return error;
}

/** All items of a list, page by page. */
export async function readAll<T>(
  list: (cursor: string | undefined) => Promise<PaginatedResponse<T>>,
): Promise<T[]> {
  const items: T[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (;;) {
    const page = await list(cursor);
    items.push(...page.data);
    if (!page.hasMore) return items;
    assert.ok(page.cursor !== null, 'hasMore needs a cursor');
    assert.ok(!seen.has(page.cursor), 'a cursor came twice');
    seen.add(page.cursor);
    cursor = page.cursor;
  }
}

export const readLog = (world: World, runId: string, limit = 1000): Promise<Event[]> =>
  readAll((cursor) => world.events.list({ runId, pagination: { cursor, limit } }));

/** Asserts that a log is dense, in order, and ends at the run's tail (L1, L3, L5). */
export async function expectSoundLog(world: World, runId: string): Promise<Event[]> {
  const log = await readLog(world, runId);
  const run = await world.runs.get(runId);
  assert.deepEqual(
    log.map(({ seq }) => seq),
    log.map((_, i) => i + 1),
    'seq is 1..N',
  );
  for (const [i, event] of log.entries()) {
    const before = log[i - 1];
    assert.ok(before === undefined || event.eventId > before.eventId, 'ids ascend');
  }
  assert.equal(run.lastKnownEventId, log.at(-1)?.eventId, 'the tail is the last event');
  assert.equal(log[0]?.eventType, 'run_created', 'seq 1 is run_created');
  return log;
}

/** Everything that can be read about a run, for comparing before and after. */
export async function snapshot(world: World, runId: string): Promise<unknown> {
  const run = await world.runs.get(runId).catch((error: unknown) => {
    if (WorldError.is(error, 'RUN_NOT_FOUND')) return undefined;
    throw error;
  });
  if (run === undefined) return { run: undefined };
  const lists = [world.steps, world.hooks, world.waits] as const;
  const [steps, hooks, waits] = await Promise.all(
    lists.map((entities) =>
      readAll<unknown>((cursor) => entities.list({ runId, pagination: { cursor, limit: 1000 } })),
    ),
  );
  return { run, log: await readLog(world, runId), steps, hooks, waits };
}

/** Asserts that a call is refused and leaves no trace in the run (F4), not even in the next position. */
export async function expectNoTrace(
  code: ErrorCode,
  world: World,
  runId: string,
  call: () => Promise<unknown>,
): Promise<WorldError> {
  const before = await snapshot(world, runId);
  const error = await expectRefused(code, call);
  assert.deepEqual(await snapshot(world, runId), before, 'a refusal changes nothing');
  return error;
}
