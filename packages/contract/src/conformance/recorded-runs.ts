import type { Hook, Step, WorkflowRun } from '../entities.js';
import type { Event, EventRequest } from '../events.js';
import { recordedRunLines } from './recorded-runs.generated.js';

type OmitOfEach<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** An event as its backend recorded it: it has an id of that backend, and no position. */
export type RecordedEvent = OmitOfEach<Event, 'seq'>;

/** A real run, as it was read back when it had ended. */
export interface RecordedRun {
  readonly run: OmitOfEach<WorkflowRun, 'lastKnownEventId'>;
  /** In log order. */
  readonly events: readonly RecordedEvent[];
  readonly steps: readonly Step[];
  /** Live hooks; those of an ended run are gone. */
  readonly hooks: readonly Hook[];
}

function revive(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('$date' in value) return new Date(String(value.$date));
  if ('$bytes' in value) return new Uint8Array(Buffer.from(String(value.$bytes), 'base64'));
  return value;
}

/** Real runs of stock apps on a stock backend, oldest first: what clients do, in their own words. Fresh with every call. */
export function recordedRuns(): readonly RecordedRun[] {
  return recordedRunLines.map((line) => JSON.parse(line, revive) as RecordedRun);
}

/** The events of all runs in the order in which they happened: by time, and never out of the order of their own log. */
export function mergedEvents(runs: readonly RecordedRun[]): readonly RecordedEvent[] {
  const timed = runs.flatMap(({ events }) => {
    let latest = 0;
    return events.map((event) => {
      // Writers took the times, so one may lie behind the event before it.
      latest = Math.max(latest, event.createdAt.getTime());
      return { event, at: latest };
    });
  });
  return timed.sort((a, b) => a.at - b.at).map(({ event }) => event);
}

/** What the client sent to get an event; worlds ignore what they set themselves, like ids and times. */
export function requestOf(event: RecordedEvent): EventRequest {
  if (event.eventType === 'hook_conflict') {
    const { correlationId, specVersion, eventData } = event;
    const { token } = eventData;
    return { eventType: 'hook_created', correlationId, specVersion, eventData: { token } };
  }
  if (event.eventType === 'step_retrying' && event.eventData.retryAfter !== undefined) {
    // It has passed; on a machine whose clock lies behind the recording it is made to have.
    const retryAfter = new Date(Math.min(event.eventData.retryAfter.getTime(), Date.now()));
    return { ...event, eventData: { ...event.eventData, retryAfter } };
  }
  return event;
}
