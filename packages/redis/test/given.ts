import {
  createRunId,
  type Event,
  type EventRequest,
  type World,
  WorldError,
} from '@world/contract';
import { createWorld, type RedisWorldOptions } from '@world/redis';
import { expect, onTestFinished } from 'vitest';

/** What tests of this package start from. */

export const createdRun = {
  eventType: 'run_created',
  eventData: { deploymentId: 'deployment', workflowName: 'flow', input: 'input' },
} as const;

type WaitCreated = Extract<EventRequest, { eventType: 'wait_created' }>;

export const waitCreated = (correlationId: string): WaitCreated => ({
  eventType: 'wait_created',
  correlationId,
  eventData: { resumeAt: new Date(Date.now() + 3_600_000) },
});

/** A world that is closed with the test. */
export function openWorld(options: RedisWorldOptions): World {
  const world = createWorld(options);
  onTestFinished(() => world.close());
  return world;
}

/** The id of a run whose log has one event. */
export async function newRun(world: World): Promise<string> {
  const runId = createRunId();
  await world.events.create(runId, createdRun, { idempotencyKey: runId });
  return runId;
}

/** The error that a call is refused with. */
export async function refusalOf(call: Promise<unknown>): Promise<WorldError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!WorldError.is(error)) throw new Error('not refused', { cause: error });
  return error;
}

/** A run's log, after checking that its positions are 1, 2, 3, …. */
export async function readDenseLog(world: World, runId: string): Promise<Event[]> {
  const log: Event[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await world.events.list({ runId, pagination: { cursor, limit: 1000 } });
    log.push(...page.data);
    if (!page.hasMore) break;
    cursor = page.cursor ?? undefined;
  }
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
  return log;
}

export const correlationIdsOf = (log: readonly Event[]): readonly (string | undefined)[] =>
  log.map((event) => ('correlationId' in event ? event.correlationId : undefined));
