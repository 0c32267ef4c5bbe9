import type { ErrorCode } from '../errors.js';
import type { EventRequest, EventType } from '../events.js';
import { type Condition, type Rule, TRANSITIONS } from '../transitions.js';
import type { PriorState } from './prior-states.js';

/** What the table says about a request in a state. Read from the table here once more, so that a slip of the evaluator shows. */

export type ExpectedOutcome =
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  /** Nothing is appended; `shows` when the event that stands in its place comes back. */
  | { readonly kind: 'kept'; readonly shows: boolean }
  | { readonly kind: 'appended'; readonly eventTypes: readonly EventType[] };

type Facts = Pick<PriorState, 'run' | 'subject' | 'tokenHeld'>;

export function expectedOutcome(request: EventRequest, prior: Facts): ExpectedOutcome {
  const { eventType } = request;
  const row = TRANSITIONS[eventType];
  if (prior.run === undefined && row.run !== 'optional') {
    return row.run === 'created' && 'eventData' in request && request.eventData !== undefined
      ? { kind: 'appended', eventTypes: ['run_created', eventType] }
      : { kind: 'refused', code: 'RUN_NOT_FOUND' };
  }
  const otherwise = decidingRule(eventType, prior)?.otherwise;
  if (otherwise === undefined) return { kind: 'appended', eventTypes: [eventType] };
  if ('refuse' in otherwise) return { kind: 'refused', code: otherwise.refuse };
  if ('append' in otherwise) return { kind: 'appended', eventTypes: [otherwise.append] };
  return { kind: 'kept', shows: otherwise.eventField !== undefined };
}

/** The rule that applies first in a state; undefined when none does. */
export function decidingRule(eventType: EventType, prior: Facts): Rule | undefined {
  return TRANSITIONS[eventType].rules.find(({ when }) =>
    when.every((condition) => holds(condition, prior)),
  );
}

function holds({ of, is, statuses = [], field = '' }: Condition, prior: Facts): boolean {
  if (of === 'token') return (is === 'present') === prior.tokenHeld;
  const status = of === 'run' ? prior.run : prior.subject?.status;
  switch (is) {
    case 'absent':
      return status === undefined;
    case 'present':
      return status !== undefined;
    case 'in':
      return status !== undefined && statuses.includes(status);
    case 'not-in':
      return status !== undefined && !statuses.includes(status);
    case 'ahead':
      return of === 'subject' && (prior.subject?.ahead.includes(field) ?? false);
  }
}
