import type { EventRequest, EventType } from '../events.js';
import { EVENT_TYPES } from '../events.js';
import { TRANSITIONS } from '../transitions.js';
import { type PriorState, priorStates } from './prior-states.js';
import { type RequestMaker, requestsOf } from './requests.js';

/** The cells of the state matrix: event types that callers may write, by prior state. */

export type CallerEventType = Exclude<EventType, 'hook_conflict'>;
const callersMayWrite = (eventType: EventType): eventType is CallerEventType =>
  !TRANSITIONS[eventType].worldOnly;

export const callerEventTypes: readonly CallerEventType[] = EVENT_TYPES.filter(callersMayWrite);

/** Every cell of an event type's part of the matrix. */
export async function forEachCell(
  eventType: CallerEventType,
  visit: (prior: PriorState, makeRequest: RequestMaker) => Promise<void>,
): Promise<void> {
  const { subject, effect } = TRANSITIONS[eventType];
  for (const prior of priorStates(subject, effect.token === 'claim')) {
    for (const makeRequest of requestsOf[eventType]) await visit(prior, makeRequest);
  }
}

/** Runs one cell of the matrix; a failure says which. */
export async function inCell(
  one: EventRequest,
  prior: PriorState,
  check: () => Promise<void>,
): Promise<void> {
  try {
    await check();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${one.eventType} with ${prior.name}: ${message}`, { cause });
  }
}
