import { encodeCursor, type ListScope } from './pagination.js';
import type { SortOrder } from './store.js';

/** Cursors of event lists: they name the list and the last event that was given, by position and id. */

export function eventListScope(
  runId: string | undefined,
  order: SortOrder,
  correlationId?: string,
): ListScope {
  return ['events', runId, order, correlationId];
}

/** Continues an ascending list of a run's events, or follows its log, after this event. */
export function eventsCursor(event: { runId: string; seq: number; eventId: string }): string {
  return encodeCursor(eventListScope(event.runId, 'asc'), [event.runId, event.seq, event.eventId]);
}
