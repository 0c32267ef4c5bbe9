import assert from 'node:assert/strict';
import type { CreateEventParams } from '../create-event-params.js';
import type { Event, EventRequest } from '../events.js';
import { createRunId } from '../run-id.js';
import type { EventResult, World } from '../world.js';
import { request } from './requests.js';

/** States that tests start from. */

export function eventOf(result: EventResult): Event {
  assert.ok(result.event !== undefined, 'the append returned its event');
  return result.event;
}

/** A run that is created, not started. */
export async function createdRun(world: World): Promise<{ runId: string; tail: string }> {
  const runId = createRunId();
  const { eventId } = eventOf(await world.events.create(runId, request.runCreated()));
  return { runId, tail: eventId };
}

/** A run that is running; `tail` is the id of its last event. */
export async function startedRun(world: World): Promise<{ runId: string; tail: string }> {
  const { runId } = await createdRun(world);
  const { eventId } = eventOf(await world.events.create(runId, request.runStarted()));
  return { runId, tail: eventId };
}

let counter = 0;

/** An id that no other call has given in this process. */
export function uniqueId(prefix: string): string {
  counter += 1;
  return `${prefix}_${process.pid}_${counter}`;
}

/** Appends a request of any type. */
export function append(
  world: World,
  runId: string,
  one: EventRequest,
  params?: CreateEventParams,
): Promise<EventResult> {
  return one.eventType === 'run_created'
    ? world.events.create(runId, one, params)
    : world.events.create(runId, one, params);
}
