import assert from 'node:assert/strict';
import { createEntropy, mintEventId } from '../event-id.js';
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

const AHEAD_MS = 3_600_000;

/** A two-event log of a running run, as another world would hold it, whose ids and times lie `aheadMs` in the future. */
export function foreignLog(runId: string, aheadMs: number = AHEAD_MS): Event[] {
  const nowMs = Date.now() + aheadMs;
  const mint = (tail?: string): string =>
    mintEventId({ tail, nowMs, strictlyLater: false, entropy: createEntropy() });
  const at = { runId, createdAt: new Date(nowMs) };
  const firstId = mint();
  return [
    { ...request.runCreated(), ...at, eventId: firstId, seq: 1 },
    { ...request.runStarted(), ...at, eventId: mint(firstId), seq: 2 },
  ];
}

/** A running run whose tail lies an hour ahead: the ids of all in-band events to come share the tail's ms. */
export async function runAhead(world: World): Promise<{ runId: string; tail: string }> {
  const runId = createRunId();
  const log = foreignLog(runId);
  await world.events.import(runId, log);
  return { runId, tail: log[1]?.eventId ?? '' };
}

/** Appends requests one after the other, and returns their events. */
export async function appendAll(
  world: World,
  runId: string,
  requests: readonly EventRequest[],
): Promise<Event[]> {
  const events: Event[] = [];
  for (const one of requests) {
    events.push(eventOf(await world.events.create(runId, one)));
  }
  return events;
}

/** Resolves when the store's clock has moved on to another ms: what happens next has a time of its own. */
export async function nextMs(world: World): Promise<void> {
  const { runId } = await createdRun(world);
  const { createdAt: now } = await world.runs.get(runId);
  for (let i = 0; ; i += 1) {
    const { event } = await world.events.create(runId, request.waitCreated(`wait-${i}`));
    if (event === undefined || event.createdAt > now) return;
  }
}

let counter = 0;

/** An id that no other call has given in this process. */
export function uniqueId(prefix: string): string {
  counter += 1;
  return `${prefix}_${process.pid}_${counter}`;
}
