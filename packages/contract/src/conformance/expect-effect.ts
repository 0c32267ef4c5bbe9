import assert from 'node:assert/strict';
import { WorldError } from '../errors.js';
import type { Event } from '../events.js';
import { HIDDEN_STATUSES, type Subject, TRANSITIONS } from '../transitions.js';
import type { World } from '../world.js';

/** A run or entity as the API shows it. */
export type Shown = Readonly<Record<string, unknown>>;

/** Reads the run or entity; undefined when the API does not show it. */
export async function readSubject(
  world: World,
  subject: Subject,
  runId: string,
  id: string,
): Promise<Shown | undefined> {
  const reads: Readonly<Record<Subject, () => Promise<object>>> = {
    run: () => world.runs.get(runId),
    step: () => world.steps.get(runId, id),
    hook: () => world.hooks.get(id),
    wait: () => world.waits.get(runId, id),
  };
  try {
    return { ...(await reads[subject]()) };
  } catch (error) {
    if (WorldError.is(error) && error.status === 404) return undefined;
    throw error;
  }
}

/** Asserts that an event changed its subject as its row of the table says. */
export function expectEffect(
  event: Event,
  before: Shown | undefined,
  after: Shown | undefined,
): void {
  const { subject, effect } = TRANSITIONS[event.eventType];
  const hidden = subject === 'run' ? [] : HIDDEN_STATUSES[subject];
  if (effect.status !== undefined && hidden.includes(effect.status)) {
    assert.equal(after, undefined, `a ${subject} that is ${effect.status} is not shown`);
    return;
  }
  assert.ok(after !== undefined, `the ${subject} is shown`);
  if (effect.status === undefined) {
    assert.deepEqual(after, before, 'the event changes nothing but the log');
    return;
  }
  // Hooks show neither a status nor when they changed.
  if (subject !== 'hook') assert.equal(after.status, effect.status);
  const shows = (field: string): boolean => subject !== 'hook' || field !== 'updatedAt';
  for (const field of effect.stamp?.filter(shows) ?? []) {
    assert.deepEqual(after[field], event.createdAt, `${field} is the time of the event`);
  }
  for (const field of effect.stampOnce ?? []) {
    assert.deepEqual(after[field], before?.[field] ?? event.createdAt, `${field} is set once`);
  }
  for (const field of effect.increment ?? []) {
    assert.equal(after[field], Number(before?.[field] ?? 0) + 1, `${field} grows by one`);
  }
  for (const field of effect.unset ?? []) assert.equal(after[field], undefined, `no ${field}`);
  for (const [field, value] of Object.entries(effect.initial ?? {})) {
    assert.equal(after[field], value);
  }
  const data: Shown = { ...('eventData' in event ? event.eventData : {}) };
  const taken = [...(effect.copy ?? []), ...(effect.encode ?? [])].map((name) => [name, name]);
  for (const [field = '', source = ''] of [...taken, ...Object.entries(effect.payload ?? {})]) {
    assert.deepEqual(after[field], data[source], `${field} is the event's ${source}`);
  }
}
